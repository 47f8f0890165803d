"""Faults by script: what goes wrong at the sandbox, when (by message time) and for whom (by the message's key).

Nothing is random: the same key meets the same trouble in every run.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from schemas.times import Millis

FOR_EVER: Millis = 1 << 60


class Trouble(StrEnum):
    """What can go wrong. The sandbox has taken the message only where it says so."""

    LIMIT = "limit"  # 429 with the provider's own body
    REFUSE = "refuse"  # nobody listens: the connection is refused
    BREAK = "break"  # 5xx
    TAKE_AND_BREAK = "take_and_break"  # taken, then 5xx
    CUT = "cut"  # closed without an answer
    TAKE_AND_CUT = "take_and_cut"  # taken, then closed without an answer
    TAKE_AND_CUT_HEADERS = "take_and_cut_headers"  # taken; the answer ends within its headers
    TAKE_AND_CUT_BODY = "take_and_cut_body"  # taken; the answer ends within its body (or headers, if it has none)
    DELAY = "delay"  # taken after `seconds`


TAKES: frozenset[str] = frozenset(
    {
        Trouble.TAKE_AND_BREAK,
        Trouble.TAKE_AND_CUT,
        Trouble.TAKE_AND_CUT_HEADERS,
        Trouble.TAKE_AND_CUT_BODY,
        Trouble.DELAY,
    }
)


@dataclass(frozen=True)
class Fault:
    """One line of the script. It strikes from `since` to before `until`, a share of the keys (0 to 1), on the first
    `count` attempts of each (0: on every one), on one channel ("" is both)."""

    what: Trouble
    since: Millis = 0
    until: Millis = FOR_EVER
    share: float = 1.0
    count: int = 0
    channel: str = ""
    seconds: float = 0.0  # machine time; only of DELAY
    status: int = 503  # only of BREAK and TAKE_AND_BREAK

    def strikes(self, key: str, attempt: int, at: Millis, channel: str) -> bool:
        """Does this attempt, made at message time `at`, meet it?"""
        return (
            self.since <= at < self.until
            and self.channel in ("", channel)
            and (self.count == 0 or attempt <= self.count)
            and _share_of(key) < self.share
        )


def trouble_for(faults: tuple[Fault, ...], key: str, attempt: int, at: Millis, channel: str) -> Fault | None:
    """The first fault of the script that strikes; None if all is well."""
    return next((fault for fault in faults if fault.strikes(key, attempt, at, channel)), None)


def _share_of(key: str) -> float:
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) / (1 << 32)
