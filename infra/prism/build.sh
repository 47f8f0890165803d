#!/usr/bin/env bash
# Build Prism of a Beam release with the patches beside this file: build.sh v2.77.0 where/to/put/prism
# Needs Go and git. Why it is patched: infra/decisions/0008-prism-runs-one-machine.md
set -euo pipefail
version=$1 binary=$(realpath -m "$2")
patches=$(cd "$(dirname "$0")" && pwd)
module=$(go mod download -json "github.com/apache/beam/sdks/v2@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$module/." "$work"
chmod -R u+w "$work"
cd "$work"
git apply "$patches"/*.patch
go build -o "$binary" ./go/cmd/prism
