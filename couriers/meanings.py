"""What a courier's codes mean: tables kept beside the couriers, one line a code.

`tables/<courier>.csv` has the columns set, code, status, reason, notice, action, marks, comment. Marks are words:
`informational` (stored, never moves the parcel), `doubt` (the sources disagree or are thin: the milder reading),
`retracts` (takes back the event before).
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

from schemas.status import Action, Status


class Meaning(NamedTuple):
    """A code in our words."""

    status: str = Status.UNKNOWN.value
    reason: str = ""
    notice: str = ""
    action: str = Action.NONE.value
    informational: bool = False
    leg: str = "outbound"
    retracts: str = ""
    flags: tuple[str, ...] = ()


UNMAPPED = Meaning(flags=("unmapped",))
"""What a code means that no table has: nothing. The parcel keeps its status, the code is kept raw and counted."""

_BACKWARDS = frozenset({Status.RETURNING, Status.RETURNED})


def plain(code: str) -> str:
    """The code as tables are searched: without case and padding."""
    return code.strip().casefold()


@dataclass(frozen=True)
class Table:
    """The codes of one or more sets of a courier's file; where two sets have a code, the earlier set counts.

    `key` brings a code into the form in which it is looked up (case, padding, leading zeros).
    """

    courier: str
    sets: tuple[str, ...]
    key: Callable[[str], str] = plain

    def meaning(self, code: str) -> Meaning:
        """What the code means; UNMAPPED if it is not in the table."""
        return self._rows.get(self.key(code), UNMAPPED)

    def lines(self) -> Iterator[tuple[str, str, Meaning]]:
        """Every line of the table: its set, the code as written, the meaning."""
        for name in self.sets:
            yield from ((name, code, meaning) for code, meaning in codes(self.courier)[name])

    @cached_property
    def _rows(self) -> dict[str, Meaning]:
        rows: dict[str, Meaning] = {}
        for _, code, meaning in self.lines():
            rows.setdefault(self.key(code), meaning)
        return rows


@cache
def codes(courier: str) -> dict[str, list[tuple[str, Meaning]]]:
    """The lines of a courier's file by set. Read once."""
    text = (files("couriers") / "tables" / f"{courier}.csv").read_text("utf-8")
    sets: dict[str, list[tuple[str, Meaning]]] = {}
    for line in csv.DictReader(text.splitlines()):
        sets.setdefault(line["set"], []).append((line["code"], _meaning(line)))
    return sets


def _meaning(line: dict[str, str]) -> Meaning:
    marks, status = line["marks"].split(), Status(line["status"])
    return Meaning(
        status.value,
        line["reason"],
        line["notice"],
        Action(line["action"] or Action.NONE).value,
        "informational" in marks,
        "return" if status in _BACKWARDS else "outbound",
        "previous" if "retracts" in marks else "",
        ("doubt",) if "doubt" in marks else (),
    )
