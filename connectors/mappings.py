"""Read `DIR/mappings.yaml`, beside the shops' bundles: what codes mean that the couriers' tables do not have (yet)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from couriers.meanings import Meaning, plain
from couriers.overrides import Meanings
from couriers.registry import COURIERS
from schemas.errors import BadBundle
from schemas.mappings import CodeMapping, Mappings
from schemas.status import Status

MAPPINGS_FILE = "mappings.yaml"

_BACKWARDS = frozenset({Status.RETURNING, Status.RETURNED})


@dataclass(frozen=True)
class Loaded:
    """The mappings of a folder, checked."""

    version: str
    mappings: tuple[CodeMapping, ...]

    def meanings(self) -> Meanings:
        """What `couriers.overrides` reads by."""
        return meanings_of(self.mappings)


def meanings_of(mappings: Iterable[CodeMapping]) -> Meanings:
    """What `couriers.overrides` reads by."""
    return {(one.courier, plain(one.raw_code)): _meaning(one) for one in mappings}


def load_mappings(directory: Path) -> Loaded:
    """The mappings beside the shops; none if there is no such file. Raises BadBundle with every finding."""
    file = directory / MAPPINGS_FILE
    if not file.exists():
        return Loaded("0", ())
    try:
        read = Mappings.model_validate(yaml.safe_load(file.read_text("utf-8")) or {})
    except ValidationError as error:
        raise BadBundle(
            directory.name, tuple(_finding(file, detail["loc"], detail["msg"]) for detail in error.errors())
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadBundle(directory.name, (f"{file}: is not YAML in UTF-8; correct it",)) from None
    if strangers := sorted({one.courier for one in read.mappings} - set(COURIERS)):
        raise BadBundle(directory.name, (f"{file}: {', '.join(strangers)}: no courier of the registry; correct it",))
    return Loaded(read.version, read.mappings)


def _finding(file: Path, place: tuple[int | str, ...], said: str) -> str:
    path = ".".join(map(str, place)) or "(the whole)"
    return f"{file}: {path}: {said.removeprefix('Value error, ')}; correct it"


def _meaning(one: CodeMapping) -> Meaning:
    leg = "return" if one.status in _BACKWARDS else "outbound"
    return Meaning(one.status.value, one.reason, leg=leg, flags=("doubt",) if one.doubt else ())
