"""A run's folder: the rows of all its files, in the order in which they stand there."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from pipelines.report.rows import DeadLetterRow, DecisionRow, MessageRow, OrderRow, OutcomeRow, ParcelRow
from schemas.errors import BadInput

Row = TypeVar("Row", bound=Struct)

_encode = msgspec.json.Encoder().encode


class Run(Struct, frozen=True):
    """What a run left behind. The field is the file: `messages` is `messages.jsonl`."""

    messages: tuple[MessageRow, ...] = ()
    decisions: tuple[DecisionRow, ...] = ()
    parcels: tuple[ParcelRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    dead_letters: tuple[DeadLetterRow, ...] = ()


ROWS: dict[str, type[Struct]] = {
    "messages": MessageRow,
    "decisions": DecisionRow,
    "parcels": ParcelRow,
    "orders": OrderRow,
    "outcomes": OutcomeRow,
    "dead_letters": DeadLetterRow,
}
"""The files of a run, without `.jsonl`, and what a line of each is."""


def write_run(out: Path, run: Run) -> None:
    """Write the files of a run into a folder, which is made if need be."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ROWS:
        (out / f"{name}.jsonl").write_bytes(_lines(getattr(run, name)))


def read_run(folder: Path) -> Run:
    """The run of a folder. Raises BadInput if it is none, or a line of it cannot be read."""
    if not (folder / "decisions.jsonl").is_file():
        raise BadInput("not a folder of a run: give the --out folder of an `awizo replay`", str(folder))
    rows: dict[str, Any] = {name: _read(folder / f"{name}.jsonl", row) for name, row in ROWS.items()}
    return Run(**rows)


def _lines(rows: Iterable[Struct]) -> bytes:
    return b"".join(_encode(row) + b"\n" for row in rows)


def _read(path: Path, row: type[Row]) -> tuple[Row, ...]:
    decode = msgspec.json.Decoder(row).decode
    lines = path.read_bytes().splitlines() if path.exists() else []
    return tuple(_decoded(decode, line, f"{path}:{number}") for number, line in enumerate(lines, 1))


def _decoded(decode: Any, line: bytes, place: str) -> Any:
    try:
        return decode(line)
    except msgspec.DecodeError as error:
        raise BadInput(f"not a line that a replay wrote: {error}. Replay again", place) from None
