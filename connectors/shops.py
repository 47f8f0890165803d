"""Read shops' bundles from disk: `DIR/<shop>/<version>/shop.yaml` and the texts beside it. Checked whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connectors.platforms.presets import rules_of
from couriers.registry import COURIERS
from schemas.errors import BadBundle, BadInput
from schemas.shops import Bundle
from templates.lint import findings, misnamed
from templates.sources import Source, unreadable

SHOP_FILE = "shop.yaml"
TEXTS = "texts"
MAX_TEXT = 20_000
"""Bytes of the longest text that is read."""

_REMEDIES = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a field of a bundle; remove it or correct its name",
}


def load_shops(directory: Path) -> dict[str, dict[str, Bundle]]:
    """Every bundle under the directory: shop -> version -> bundle. Raises BadBundle with the findings of all."""
    if not directory.is_dir():
        raise BadBundle(directory.name, (f"{directory}: is not a directory; name the one that holds the shops",))
    shops: dict[str, dict[str, Bundle]] = {}
    found: list[str] = []
    for version in versions(directory):
        try:
            bundle = load_bundle(version)
            shops.setdefault(bundle.shop, {})[bundle.version] = bundle
        except BadBundle as error:
            found += error.findings
    if not shops and not found:
        found.append(f"{directory}: holds no <shop>/<version>/{SHOP_FILE}; add one")
    if found:
        raise BadBundle(directory.name, tuple(found))
    return shops


def versions(directory: Path) -> list[Path]:
    """The folders of all bundles under the directory, sorted."""
    shops = sorted(folder for folder in directory.iterdir() if _is_folder(folder))
    return [version for shop in shops for version in sorted(shop.iterdir()) if _is_folder(version)]


def bundles(directory: Path) -> list[Path]:
    """The folders of the bundles that a directory means: all below it, those of a shop, or the one that it is."""
    if (directory / SHOP_FILE).exists():
        return [directory]
    return sorted(file.parent for file in directory.glob(f"*/{SHOP_FILE}")) or versions(directory)


def load_bundle(directory: Path) -> Bundle:
    """The bundle in `<shop>/<version>`. Raises BadBundle with every finding, as "file: path: what; what to do".

    Fields, names and the grammar of texts are checked; whether the words keep the rules is `templates.lint`'s.
    """
    file = directory / SHOP_FILE
    fields = _fields(file)
    texts, found = _texts(directory)
    try:
        bundle = Bundle.model_validate({**fields, "texts": texts})
    except ValidationError as error:
        found += [_finding(file, detail) for detail in error.errors(include_url=False)]
        raise BadBundle(directory.parent.name, tuple(found)) from None
    found += [*_of_fields(file, fields, bundle, directory), *_of_texts(directory, bundle)]
    if found:
        raise BadBundle(bundle.shop, tuple(found))
    return bundle


def newest_bundle(folder: Path) -> Bundle:
    """The bundle of `<shop>/<version>`, or of the newest version in `<shop>`. Raises BadInput if there is none, and
    BadBundle."""
    if (folder / SHOP_FILE).exists():
        return load_bundle(folder)
    found = [path for path in folder.iterdir() if _is_folder(path)] if folder.is_dir() else []
    if not found:
        raise BadInput("holds no bundle; name one as DIR/<shop>/<version>", str(folder))
    return load_bundle(max(found, key=lambda path: (len(path.name), path.name)))


def accept(directory: Path) -> Bundle:
    """The bundle, its fields and, by `templates.lint`, all its words checked. Raises BadBundle with every finding."""
    bundle = load_bundle(directory)
    if found := findings(bundle):
        raise BadBundle(bundle.shop, tuple(f"{directory}/{finding}" for finding in found))
    return bundle


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _fields(file: Path) -> dict[str, Any]:
    shop = file.parent.parent.name
    try:
        fields = yaml.load(file.read_text("utf-8"), _Once)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        raise BadBundle(shop, (f"{file}: is missing; a bundle begins with it",)) from None
    except UnicodeDecodeError:
        raise BadBundle(shop, (f"{file}: is not UTF-8; save it as UTF-8",)) from None
    except yaml.YAMLError as error:
        raise BadBundle(shop, (f"{file}: is not YAML{_line(error)}; correct it",)) from None
    if not isinstance(fields, dict):
        raise BadBundle(shop, (f"{file}: holds no fields; write `shop: ...` and the others",))
    return fields


class _Once(yaml.SafeLoader):
    """Refuses a field that is written twice: YAML would take the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _value in node.value]
        for at, (key, _value) in enumerate(node.value):
            if key.value in names[:at]:
                raise yaml.MarkedYAMLError(None, None, f"'{key.value}' is written twice", key.start_mark)
        return dict(super().construct_mapping(node, deep))


def _line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""


def _texts(directory: Path) -> tuple[dict[str, str], list[str]]:
    folder = directory / TEXTS
    texts: dict[str, str] = {}
    found: list[str] = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.suffix != ".txt" or not file.is_file():
            found.append(f"{file}: is not a text; only <kind>.<channel>.<language>.txt belong here")
        elif file.stat().st_size > MAX_TEXT:
            found.append(f"{file}: is longer than {MAX_TEXT} bytes; shorten it")
        else:
            _read(file, texts, found)
    return texts, found


def _read(file: Path, texts: dict[str, str], found: list[str]) -> None:
    try:
        texts[file.stem] = file.read_text("utf-8")
    except UnicodeDecodeError:
        found.append(f"{file}: is not UTF-8; save it as UTF-8")


def _finding(file: Path, detail: ErrorDetails) -> str:
    path = ".".join(str(part) for part in detail["loc"]) or "(the whole)"
    said = detail["msg"].removeprefix("Value error, ")
    return f"{file}: {path}: {_REMEDIES.get(detail['type']) or said + '; correct it'}"


def _of_fields(file: Path, fields: dict[str, Any], bundle: Bundle, directory: Path) -> Iterator[str]:
    """What the fields say against one another and against their folders."""
    if "texts" in fields:
        yield f"{file}: texts: texts are files in {TEXTS}/; move them there"
    if bundle.shop != directory.absolute().parent.name:
        yield f"{file}: shop: is '{bundle.shop}' in a folder '{directory.absolute().parent.name}'; make them equal"
    if bundle.version != directory.absolute().name:
        yield f"{file}: version: is '{bundle.version}' in a folder '{directory.absolute().name}'; make them equal"
    if bundle.default_language not in bundle.languages:
        yield f"{file}: default_language: '{bundle.default_language}' is not among `languages`; add it"
    yield from (f"{file}: webhooks.{finding}" for finding in _of_webhooks(bundle))
    if not _is_zone(bundle.zone):
        yield f"{file}: zone: '{bundle.zone}' is no time zone; write one as in Europe/Warsaw"


def _of_webhooks(bundle: Bundle) -> Iterator[str]:
    """What the reading of webhooks names and is not there: presets, couriers."""
    if bundle.webhooks is None:
        return
    try:
        rules_of(bundle.webhooks)
    except BadInput as error:
        yield f"{error.place}: {error.reason}; correct it"
    known = {*COURIERS, *(service.courier for service in bundle.services)}
    always = {f"parcels.{place}.always": one.always for place, one in enumerate(bundle.webhooks.parcels) if one.always}
    named = {f"couriers.{title}": courier for title, courier in bundle.webhooks.couriers.items()} | always
    for place, courier in named.items():
        if courier not in known:
            yield f"{place}: '{courier}' is no courier that is known or in `services`; correct it"


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _of_texts(directory: Path, bundle: Bundle) -> Iterator[str]:
    for name, text in sorted(bundle.texts.items()):
        file = directory / TEXTS / f"{name}.txt"
        if fault := misnamed(name, bundle):
            yield f"{file}: {fault}"
            continue
        kind, channel, language, *_ = name.split(".")
        if fault := unreadable(Source(kind, channel, language, text)):
            yield f"{file}: {fault}"
