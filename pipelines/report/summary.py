"""`summary.json`: a run in numbers, and what of it needs a look."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from pipelines.report.fates import last_outcomes
from pipelines.report.rows import DeadLetterRow, DecisionRow, Iso, OutcomeRow, ParcelRow, SlotRow
from pipelines.report.run import Run
from pipelines.rules.ledger import TAKEN_BY_PROVIDER
from schemas.messages import HANDED_OVER, HELD, Channel

Count = dict[str, int]

UNMAPPED = "unmapped"
"""The flag of a scan whose code no table knows."""


class CostRow(Struct, frozen=True, order=True):
    """What the SMS that a provider took of a shop, to a country, of a kind, have cost."""

    shop: str
    country: str
    kind: str
    currency: str
    messages: int
    segments: int
    cost: Decimal


class UnknownCode(Struct, frozen=True, order=True):
    """A courier's code that nobody has mapped yet, and the words that came with it."""

    courier: str
    code: str
    count: int
    text: str
    parcels: tuple[str, ...]


class HeldRow(Struct, frozen=True, order=True):
    """A slot that was not decided when the run ended."""

    until: Iso | None
    shop: str
    recipient: str
    order: str
    slot: SlotRow


class Summary(Struct, frozen=True):
    """A run in numbers. `messages` are composed ones; `outcomes` count each message's last state, `verdicts` each
    channel of each decision; `dead_letters` are counted by "stage: reason"."""

    first: Iso | None
    last: Iso | None
    orders: int
    parcels: int
    scans: int
    decisions: int
    messages: int
    messages_by_kind: Count
    messages_by_channel: Count
    messages_by_language: Count
    messages_by_shop: Count
    other_language: Count
    verdicts: Count
    not_sent: Count
    outcomes: Count
    parcels_by_status: Count
    cost: tuple[CostRow, ...]
    cost_by_currency: dict[str, Decimal]
    unknown_codes: tuple[UnknownCode, ...]
    dead_letters: Count
    held: tuple[HeldRow, ...]


def summary_of(run: Run) -> Summary:
    outcomes = list(last_outcomes(run.outcomes).values())
    moments = [row.at for row in run.decisions] + [row.at for row in run.messages]
    cost = cost_of(outcomes)
    return Summary(
        first=min(moments, default=None),
        last=max(moments, default=None),
        orders=len(run.orders),
        parcels=len(run.parcels),
        scans=sum(len(parcel.scans) for parcel in run.parcels),
        decisions=len(run.decisions),
        messages=len(run.messages),
        messages_by_kind=_count(row.kind for row in run.messages),
        messages_by_channel=_count(row.channel for row in run.messages),
        messages_by_language=_count(row.locale for row in run.messages),
        messages_by_shop=_count(row.shop for row in run.messages),
        other_language=_count(f"{row.wanted} as {row.locale}" for row in run.messages if row.wanted),
        verdicts=_count(_verdicts(run.decisions)),
        not_sent=_count(verdict for verdict in _verdicts(run.decisions) if verdict not in (HANDED_OVER, HELD)),
        outcomes=_count(row.state for row in outcomes),
        parcels_by_status=_count(row.status for row in run.parcels),
        cost=cost,
        cost_by_currency=_by_currency(cost),
        unknown_codes=unknown_codes(run.parcels),
        dead_letters=_count(_cause(row) for row in run.dead_letters),
        held=held(run.decisions),
    )


def cost_of(outcomes: Iterable[OutcomeRow]) -> tuple[CostRow, ...]:
    """What the SMS that a provider took have cost: one row for each shop, country, kind and currency ("" where the
    shop gives no price)."""
    groups: dict[tuple[str, str, str, str], list[OutcomeRow]] = defaultdict(list)
    for row in outcomes:
        if row.state in TAKEN_BY_PROVIDER and row.channel == Channel.SMS:
            groups[row.shop, row.country, row.kind, row.currency].append(row)
    return tuple(sorted(CostRow(*group, *_totals(rows)) for group, rows in groups.items()))


def _totals(rows: list[OutcomeRow]) -> tuple[int, int, Decimal]:
    return len(rows), sum(row.segments for row in rows), sum((row.cost for row in rows), Decimal(0))


def _by_currency(cost: Iterable[CostRow]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in cost:
        if row.currency:
            totals[row.currency] += row.cost
    return dict(sorted(totals.items()))


def unknown_codes(parcels: Iterable[ParcelRow]) -> tuple[UnknownCode, ...]:
    """The codes to map, with how often they came, for which parcels, and one of their texts."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for parcel in parcels:
        for scan in parcel.scans:
            if UNMAPPED in scan.flags:
                found[scan.source or parcel.courier, scan.raw_code].append((scan.raw_text, parcel.key))
    return tuple(
        UnknownCode(source, code, len(seen), max(text for text, _ in seen), tuple(sorted({key for _, key in seen})))
        for (source, code), seen in sorted(found.items())
    )


def held(decisions: Iterable[DecisionRow]) -> tuple[HeldRow, ...]:
    waiting = (row for row in decisions if HELD in row.verdicts.values())
    return tuple(
        HeldRow(row.held_until, row.shop, row.recipient, row.order, SlotRow(row.subject, row.kind, row.occurrence))
        for row in waiting
    )


def _verdicts(decisions: Iterable[DecisionRow]) -> Iterable[str]:
    return (verdict for row in decisions for verdict in row.verdicts.values())


def _cause(letter: DeadLetterRow) -> str:
    return f"{letter.stage}: {letter.reason}"


def _count(words: Iterable[str]) -> Count:
    return dict(sorted(Counter(words).items()))
