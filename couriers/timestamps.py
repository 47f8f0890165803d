"""Times as couriers write them: pure readers from text to (milliseconds UTC, provenance of the zone, flags).

Every reader raises ValueError for what is not a time between 2000 and 2100; its message names the layouts that are
read and never the value. A naive time is read on the clocks of `home` (an IANA zone; "" is UTC): the hour that
October has twice means its first pass and is flagged `dst_fold`, the one that March lacks is read by the offset
before the jump and is flagged `dst_gap`.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from msgspec import Struct

from schemas.times import DAY, SECOND, Millis, zone

_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: couriers' naive times are counted from it
_EPOCH = _NAIVE_EPOCH.replace(tzinfo=UTC)
_ISO = "a time such as 2026-10-24T14:32:00+02:00 was expected"
_MIXED = "a time such as 24-10-2026 14:32:00, 2026-10-24 14:32:00, 14:32 24.10.2026 or 24.10.2026 14:32:00 was expected"
_UNIX = "whole seconds since 1970 were expected"
_POINTED = "a time such as 24.10.2026, 14:32 or 24.10.2026 14:32:00 was expected"
_AMERICAN = "a time such as 10/24/2026 2:32:00 PM was expected"
_DOTNET = "a time such as /Date(1792845120000+0200)/ was expected"
_AMERICAN_FORM = re.compile(r"(\d\d?)/(\d\d?)/(\d{4}),? (\d\d?):(\d\d)(:\d\d)? ?([AaPp])\.?[Mm]\.?")
_DOTNET_FORM = re.compile(r"/Date\((\d{12,13})([+-]\d{4})?\)/")


class Moment(Struct, frozen=True, gc=False):
    """When something happened, and how well that is known."""

    at: Millis
    zone: str  # carrier (offset given) | assumed_local | assumed_utc
    flags: tuple[str, ...] = ()  # dst_fold, dst_gap, day_only


def iso(text: str, home: str = "") -> Moment:
    """ISO 8601, with `T` or a space, an offset with or without a colon or a space before it, `Z`, or no zone."""
    if text[19:20] == " ":
        text = text[:19] + text[20:]  # InPost's webhook: 2026-10-24 14:32:00 +0200
    return _read(text, home, _ISO)


def mixed(text: str, home: str) -> Moment:
    """Nova Poshta's five layouts, told apart by where the separators stand."""
    return _read(_in_order(text), home, _MIXED)


def unix(seconds: object) -> Moment:
    """Whole seconds since 1970, as a number."""
    if type(seconds) is not int or not 946_684_800 <= seconds < 4_133_980_800:
        raise ValueError(_UNIX)
    return Moment(seconds * SECOND, "carrier")


def pointed(text: str, home: str) -> Moment:
    """Day first with points between, a comma after it or none: 24.10.2026, 14:32."""
    if text[2:3] != "." or text[5:6] != ".":
        raise ValueError(_POINTED)
    return _read(_in_order(text[:10] + text[10:].lstrip(",").rstrip()), home, _POINTED)


def american(text: str, home: str) -> Moment:
    """Month first and twelve hours: 10/24/2026 2:32:00 PM. Twelve AM is midnight."""
    found = _AMERICAN_FORM.fullmatch(text)
    if found is None or not 1 <= int(found[4]) <= 12:
        raise ValueError(_AMERICAN)
    hour = int(found[4]) % 12 + (12 if found[7] in "Pp" else 0)
    clock = f"{hour:02}:{found[5]}{found[6] or ''}"
    return _read(f"{found[3]}-{found[1]:>02}-{found[2]:>02}T{clock}", home, _AMERICAN)


def dotnet(text: str) -> Moment:
    """Milliseconds since 1970 UTC as .NET writes them; the offset behind says only how to show them."""
    found = _DOTNET_FORM.fullmatch(text)
    if found is None or not 946_684_800_000 <= int(found[1]) < 4_133_980_800_000:
        raise ValueError(_DOTNET)
    return Moment(int(found[1]), "carrier")


def to_the_second(moment: Moment) -> Moment:
    """Without the fraction: the same event then has the same time in a webhook, which has none, and in an answer."""
    fraction = moment.at % SECOND
    return Moment(moment.at - fraction, moment.zone, moment.flags) if fraction else moment


def _in_order(text: str) -> str:
    if text[4:5] == "-":
        return text  # 2026-10-24 14:32:00, 2026-10-24
    if text[2:3] == ":":
        return f"{text[12:]}-{text[9:11]}-{text[6:8]}T{text[:5]}"  # 14:32 24.10.2026
    return f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"  # 24-10-2026 14:32:00, 24.10.2026 14:32:00


def _read(text: str, home: str, expected: str) -> Moment:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(expected) from None
    if not 2000 <= read.year <= 2100:
        raise ValueError(expected)
    if read.tzinfo is not None:
        return Moment(_millis(read - _EPOCH), "carrier")
    return _assumed(read, home, ("day_only",) if len(text) == 10 else ())


def _assumed(naive: datetime, home: str, flags: tuple[str, ...]) -> Moment:
    since, sure = _millis(naive - _NAIVE_EPOCH), "assumed_local" if home else "assumed_utc"
    offset = _steady_offset(home or "UTC", naive.date())
    if offset is not None:
        return Moment(since - offset, sure, flags)
    before, after = (_offset(home, naive.replace(fold=fold)) for fold in (0, 1))
    if before != after:
        flags += ("dst_fold",) if before > after else ("dst_gap",)
    return Moment(since - before, sure, flags)


@lru_cache(maxsize=4096)
def _steady_offset(home: str, day: date) -> Millis | None:
    """The zone's offset on a day; None on the two days a year on which it changes (a replay has few days)."""
    begins, ends = (_offset(home, datetime.combine(day, clock)) for clock in (time.min, time.max.replace(fold=1)))
    return begins if begins == ends else None


def _offset(home: str, naive: datetime) -> Millis:
    return _millis(zone(home).utcoffset(naive) or timedelta())


def _millis(span: timedelta) -> Millis:
    return span.days * DAY + span.seconds * SECOND + span.microseconds // 1000
