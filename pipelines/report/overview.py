"""A run in numbers, as the page shows them first."""

from dataclasses import dataclass
from typing import Any

from pipelines.report.clock import Clock, clock_of
from pipelines.report.fates import REACHED
from pipelines.report.index import Index
from pipelines.report.run import Run
from pipelines.report.summary import CostRow, Count, Summary, summary_of
from pipelines.report.words import REASONS, STATES, kind_words, plain, status_words
from schemas.messages import Channel, Kind, Reason
from schemas.status import Status

Bar = tuple[str, int, int]
"""Words, count, and its share of the highest count in percent."""

SHORT: dict[str, str] = {
    Reason.SUPERSEDED: "superseded by something newer",
    Reason.MERGED: "merged into another message",
    Reason.STATE_TOO_OLD: "a state that nobody has confirmed for too long",
    Reason.QUIET_HOURS_PAST_VALIDITY: "past its validity when quiet hours end",
    Reason.KIND_OFF: "switched off",
    Reason.CHANNEL_OFF: "channel not used here",
    Reason.NO_ADDRESS: "no address to go to",
    Reason.BAD_ADDRESS: "an address that cannot be one",
    Reason.NO_CONSENT: "no consent",
    Reason.OPTED_OUT: "the recipient has opted out",
    Reason.PAUSED: "the recipient paused this order",
    Reason.CAP: "over the recipient's daily cap",
    Reason.BUDGET: "over the shop's SMS budget of the day",
}
"""Reasons whose sentence does not do without the message that it is about."""


@dataclass(frozen=True)
class Figure:
    """A number and where it leads."""

    value: str
    label: str
    detail: str
    anchor: str


def overview(run: Run, index: Index) -> dict[str, Any]:
    """What the template's overview asks for."""
    summary = summary_of(run)
    return {
        "period": period(summary, _clock(index)),
        "figures": figures(summary),
        "said": bars(_ordered(summary.messages_by_kind, Kind, kind_words)),
        "unsaid": bars({reason_name(reason): count for reason, count in _highest(summary.not_sent)}),
        "statuses": bars(_ordered(summary.parcels_by_status, Status, status_words)),
        "fates": bars({state_name(state): count for state, count in _highest(summary.outcomes)}),
        "cost": [_cost(row) for row in summary.cost],
    }


def period(summary: Summary, clock: Clock) -> str:
    """`Mon 19 Oct – Sun 25 Oct 2026`; "" for a run in which nothing was decided."""
    if summary.first is None or summary.last is None:
        return ""
    return f"{clock.day(summary.first)} – {clock.day(summary.last)} {clock.read(summary.last).year}"


def figures(summary: Summary) -> list[Figure]:
    channels = summary.messages_by_channel
    sms, mails = channels.get(Channel.SMS, 0), channels.get(Channel.EMAIL, 0)
    sent = sum(summary.outcomes.get(state, 0) for state in REACHED)
    cost = " + ".join(f"{amount} {currency}" for currency, amount in summary.cost_by_currency.items())
    return [
        Figure(str(summary.orders), "orders", f"{summary.parcels} parcels, {summary.scans} scans", "orders"),
        Figure(str(summary.messages), "messages composed", f"{sms} SMS, {mails} e-mails", "people"),
        Figure(str(sent), "taken by a provider", f"SMS for {cost}" if cost else "no SMS was paid for", "people"),
        Figure(str(sum(summary.not_sent.values())), "left unsaid", "each for a reason", "orders"),
    ]


def bars(counts: Count) -> list[Bar]:
    highest = max(counts.values(), default=1)
    return [(words, count, round(100 * count / highest)) for words, count in counts.items()]


def reason_name(reason: str) -> str:
    """A reason without the message that it is about."""
    words = SHORT.get(reason) or REASONS.get(reason, plain(reason))
    return words.removeprefix("was ").removeprefix("had been ").capitalize()


def state_name(state: str) -> str:
    """Where a message stands, in a word or two."""
    return STATES.get(state, plain(state)).partition(",")[0].capitalize()


def _ordered(counts: Count, words: Any, name: Any) -> Count:
    """In the order of the closed list, which is that of a parcel's life."""
    return {name(word).capitalize(): counts[word] for word in words if counts.get(word)}


def _highest(counts: Count) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def _cost(row: CostRow) -> dict[str, Any]:
    words = {"kind_words": kind_words(row.kind)}
    return {field: getattr(row, field) for field in row.__struct_fields__} | words


def _clock(index: Index) -> Clock:
    return clock_of(*sorted(set(index.homes.values())))
