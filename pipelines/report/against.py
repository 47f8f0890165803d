"""What a run decided otherwise than a former one: before a changed rule or text reaches anyone, one reads it here."""

from collections import defaultdict
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from pipelines.report.clock import Clock
from pipelines.report.index import Index, index_of
from pipelines.report.rows import DecisionRow, Iso, MessageRow
from pipelines.report.run import Run, read_run
from pipelines.report.sentences import reason_words
from pipelines.report.words import CHANNELS, kind_words
from schemas.messages import HANDED_OVER, HELD

SORTS = ("new", "gone", "verdict", "time", "text", "layout")
"""What may be otherwise. A layout differs where the words are the same and the HTML is not."""


class Place(NamedTuple):
    """A slot of a recipient on one channel: what is compared."""

    shop: str
    order: str
    recipient: str
    subject: str
    kind: str
    occurrence: str
    channel: str


class Difference(NamedTuple):
    """One thing that is otherwise. `what` is one of SORTS. `former` and `now` are a verdict, a moment or a text, as
    the file has it; "" where there is none."""

    at: Iso
    place: Place
    what: str
    former: str
    now: str


class _Said(NamedTuple):
    """What was decided for a place, and the words that came of it."""

    verdict: str
    at: Iso
    words: tuple[str, ...] = ()  # subject and text of each message under it, by generation
    layouts: tuple[str, ...] = ()  # their HTML


def differences(former: Path, now: Path) -> list[Difference]:
    """What the run in `now` decided otherwise than the one in `former`, in the order of time. Raises BadInput if
    either folder holds no run."""
    return between(read_run(former), read_run(now))


def between(former: Run, now: Run) -> list[Difference]:
    before, after = _said(former), _said(now)
    found = [
        difference
        for place in before.keys() | after.keys()
        for difference in _compared(place, before.get(place), after.get(place))
    ]
    return sorted(found)


def _said(run: Run) -> dict[Place, _Said]:
    messages: dict[Place, list[MessageRow]] = defaultdict(list)
    for message in sorted(run.messages, key=lambda row: row.generation):
        for place in _places_of_message(message):
            messages[place].append(message)
    return {
        place: _heard(verdict, decision, messages.get(place, []))
        for decision in run.decisions
        for place, verdict in _places(decision)
    }


def _heard(verdict: str, decision: DecisionRow, messages: list[MessageRow]) -> _Said:
    words = tuple("\n".join(part for part in (message.subject, message.text) if part) for message in messages)
    return _Said(verdict, decision.at, words, tuple(message.html for message in messages))


def _places(decision: DecisionRow) -> Iterator[tuple[Place, str]]:
    slot = (decision.subject, decision.kind, decision.occurrence)
    for channel, verdict in decision.verdicts.items():
        yield Place(decision.shop, decision.order, decision.recipient, *slot, channel), verdict


def _places_of_message(message: MessageRow) -> Iterator[Place]:
    for slot in message.slots:
        of_slot = (slot.subject, slot.kind, slot.occurrence)
        yield Place(message.shop, message.order, message.recipient, *of_slot, message.channel)


def _compared(place: Place, former: _Said | None, now: _Said | None) -> Iterator[Difference]:
    if former is None and now is not None:
        yield Difference(now.at, place, "new", "", now.verdict)
    elif now is None and former is not None:
        yield Difference(former.at, place, "gone", former.verdict, "")
    elif former is not None and now is not None:
        yield from _changed(place, former, now)


def _changed(place: Place, former: _Said, now: _Said) -> Iterator[Difference]:
    """A changed verdict says it all; else the hour and the words are compared."""
    if former.verdict != now.verdict:
        yield Difference(now.at, place, "verdict", former.verdict, now.verdict)
        return
    if former.at != now.at and now.verdict in (HANDED_OVER, HELD):
        yield Difference(now.at, place, "time", former.at, now.at)
    if former.words != now.words:
        yield Difference(now.at, place, "text", "\n".join(former.words), "\n".join(now.words))
    elif former.layouts != now.layouts:
        yield Difference(now.at, place, "layout", "", "")


def as_text(found: list[Difference], now: Run) -> str:
    """The differences in words, by order, in the local time of each; ends in a line that counts them."""
    index = index_of(now)
    lines: list[str] = []
    for difference in sorted(found, key=lambda row: (row.place.shop, row.place.order, row)):
        lines += _words(difference, index)
    counts = {what: sum(row.what == what for row in found) for what in SORTS}
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return (
        "\n".join([*lines, f"{len(found)} differences: {told}" if found else "Nothing was decided otherwise."]) + "\n"
    )


def _words(difference: Difference, index: Index) -> list[str]:
    place = difference.place
    clock = index.clock((place.shop, place.order))
    what = f"{kind_words(place.kind)}, {CHANNELS.get(place.channel, place.channel)} to {place.recipient}"
    head = f"{place.shop}/{place.order}  {clock.full(difference.at)}  {what}: "
    if difference.what == "text":
        return [f"{head}other words", *_changed_lines(difference.former, difference.now)]
    return [head + _sentence(difference, clock)]


def _sentence(difference: Difference, clock: Clock) -> str:
    former, now = difference.former, difference.now
    match difference.what:
        case "new":
            return f"new, {verdict_words(now)}"
        case "gone":
            return f"gone, it {verdict_words(former)}"
        case "layout":
            return "the same words in another layout"
        case "time":
            return f"moved from {clock.full(former)}"
    return f"{verdict_words(now)}; before, it {verdict_words(former)}"


def verdict_words(verdict: str) -> str:
    if verdict == HANDED_OVER:
        return "was sent"
    return "was held at the end" if verdict == HELD else f"was not sent ({reason_words(verdict)})"


def _changed_lines(former: str, now: str) -> list[str]:
    """The lines that differ, marked - and +."""
    lines = unified_diff(former.splitlines(), now.splitlines(), n=0, lineterm="")
    return [f"    {line[0]} {line[1:]}" for line in list(lines)[2:] if not line.startswith("@@")]
