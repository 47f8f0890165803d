# The only commands anyone must know. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= out
BEAM := v2.77.0
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup run live prism test prove check format bench docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/dev ## make .venv with all that running and testing need

run: .venv/core ## replay the demo's two weeks of parcels and say where to look
	$(BIN)/awizo replay infra/demo/events.jsonl --shops infra/demo/shops --faults infra/demo/faults.json --until quiet --out $(OUT)

live: .venv/core prism ## play the demo live at its own dates, with a page to watch; Ctrl-C stops it
	$(BIN)/awizo play infra/demo/events.jsonl --shops infra/demo/shops --out $(OUT)/live

prism: $(BIN)/prism ## get Prism, the runner of a live job on one machine (builds it, once: needs Go)

test: .venv/dev ## run the tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not long"

prove: .venv/dev ## run the long proofs that make test leaves out
	$(BIN)/python -m pytest --numprocesses auto -m long

check: .venv/dev ## lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev ## measure throughput, state size and start-up, as ratios within one run
	$(BIN)/python -m tests.bench --out $(OUT)/bench

docs: .venv/dev ## write schemas/json, the tables in documents and the template's metadata anew
	$(BIN)/awizo schemas
	$(BIN)/python -m pipelines.template infra/docker/metadata.json

lock: .venv/dev ## write constraints.txt from what is installed
	(sed -n 1p constraints.txt; $(BIN)/python -m pip freeze --exclude-editable) > constraints.new
	mv constraints.new constraints.txt

clean: ## remove the virtual environment and all outputs
	rm -rf .venv $(OUT) build dist *.egg-info

.venv/core: setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Awizo needs Python 3.11 or newer: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (once, a few minutes)"
	$(PIP) --editable .
	touch $@

$(BIN)/prism: .venv/core
	@command -v go >/dev/null || { echo "Prism is built with Go, which is not here: install Go, or put Beam's own binary at $@"; exit 1; }
	@echo "building Prism (once, two minutes)"
	GOBIN="$(abspath $(BIN))" go install github.com/apache/beam/sdks/v2/go/cmd/prism@$(BEAM)

.venv/dev: .venv/core
	$(PIP) --editable '.[dev]'
	touch $@
