"""Faults by script: what goes wrong at the sandbox, when (by message time) and for whom (by the message's key).

Nothing is random: the same key meets the same trouble in every run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from schemas.errors import BadInput
from schemas.times import Millis

FOR_EVER: Millis = 1 << 60


class Trouble(StrEnum):
    """What can go wrong. The sandbox has taken the message only where it says so."""

    # to the request that sends
    LIMIT = "limit"  # 429 with the provider's own body
    REFUSE = "refuse"  # nobody listens: the connection is refused
    BREAK = "break"  # 5xx
    TAKE_AND_BREAK = "take_and_break"  # taken, then 5xx
    CUT = "cut"  # closed without an answer
    TAKE_AND_CUT = "take_and_cut"  # taken, then closed without an answer
    TAKE_AND_CUT_HEADERS = "take_and_cut_headers"  # taken; the answer ends within its headers
    TAKE_AND_CUT_BODY = "take_and_cut_body"  # taken; the answer ends within its body (or the id in its headers)
    CUT_AND_TAKE_LATER = "cut_and_take_later"  # closed without an answer, and taken `seconds` later all the same
    DELAY = "delay"  # taken; the answer comes after `seconds`
    WRONG_TYPE = "wrong_type"  # 200 with a page of HTML, as a portal between would say
    TAKE_AND_WRONG_TYPE = "take_and_wrong_type"  # taken, then that page
    OUTAGE = "outage"  # 503 to every call, look-ups too
    # to what was taken
    HIDE = "hide"  # lists and logs miss it: for `seconds`, and in its first `looks` look-ups; with neither, for ever
    VANISH = "vanish"  # it never arrives, and nobody is ever told
    FAIL = "fail"  # it does not arrive; that is told, with `code`
    # to what is told of it
    SILENT = "silent"  # no callback comes
    DOUBLE = "double"  # each callback comes twice
    SHUFFLE = "shuffle"  # callbacks come in the opposite order


_T = Trouble
TAKES: frozenset[str] = frozenset(
    {
        _T.TAKE_AND_BREAK,
        _T.TAKE_AND_CUT,
        _T.TAKE_AND_CUT_HEADERS,
        _T.TAKE_AND_CUT_BODY,
        _T.TAKE_AND_WRONG_TYPE,
        _T.DELAY,
    }
)
HIDING: frozenset[str] = frozenset({_T.HIDE})
FATES: frozenset[str] = frozenset({_T.VANISH, _T.FAIL})
TELLING: frozenset[str] = frozenset({_T.SILENT, _T.DOUBLE, _T.SHUFFLE})
REQUESTS: frozenset[str] = frozenset(Trouble) - HIDING - FATES - TELLING
"""What may happen to a request. One of each group may strike the same message."""


@dataclass(frozen=True)
class Fault:
    """One line of the script. It strikes from `since` to before `until`, a share of the keys (0 to 1), on the first
    `count` attempts of each (0: on every one), on one channel ("" is both). `attempts` and `keys` name them one by one;
    () is all."""

    what: Trouble
    since: Millis = 0
    until: Millis = FOR_EVER
    share: float = 1.0
    count: int = 0
    channel: str = ""
    seconds: float = 0.0  # machine time; of DELAY, CUT_AND_TAKE_LATER, HIDE; of LIMIT: "ask again then"
    status: int = 503  # only of BREAK and TAKE_AND_BREAK
    attempts: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    looks: int = 0  # only of HIDE
    code: int = 30008  # only of FAIL, for SMS

    def __post_init__(self) -> None:
        """Lists, as JSON has them, become tuples: faults are compared and hashed."""
        object.__setattr__(self, "attempts", tuple(self.attempts))
        object.__setattr__(self, "keys", tuple(self.keys))

    def strikes(self, key: str, attempt: int, at: Millis, channel: str) -> bool:
        """Does this attempt, made at message time `at`, meet it?"""
        return (
            self.since <= at < self.until
            and self.channel in ("", channel)
            and (self.count == 0 or attempt <= self.count)
            and (not self.attempts or attempt in self.attempts)
            and (not self.keys or key in self.keys)
            and _share_of(key) < self.share
        )


def trouble_for(
    faults: Iterable[Fault],
    key: str,
    attempt: int,
    at: Millis,
    channel: str,
    among: frozenset[str] = REQUESTS,
) -> Fault | None:
    """The first fault of the script, of one group, that strikes; None if all is well."""
    return next((fault for fault in faults if fault.what in among and fault.strikes(key, attempt, at, channel)), None)


def outage_at(faults: Iterable[Fault], at: Millis, channel: str) -> Fault | None:
    """The outage that a provider has at a message time; None if it has none. Whom it strikes does not matter here."""
    return next(
        (
            fault
            for fault in faults
            if fault.what == Trouble.OUTAGE and fault.since <= at < fault.until and fault.channel in ("", channel)
        ),
        None,
    )


def _share_of(key: str) -> float:
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) / (1 << 32)


def faults_of(rows: Any) -> tuple[Fault, ...]:
    """A script of faults from plain data. Raises BadInput."""
    try:
        return tuple(replace(Fault(**row), what=Trouble(row["what"])) for row in rows)
    except (TypeError, ValueError, KeyError) as error:
        raise BadInput(f"not a list of faults: {error}", "faults") from None
