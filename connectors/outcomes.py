"""What is told of a message: its row in the ledger as an outcome."""

from collections.abc import Iterator
from decimal import Decimal

from connectors.store.claims import Claim, Settled, Taken
from connectors.store.ledger import Ledger
from connectors.store.records import Records
from pipelines.rules.ledger import IN_FLIGHT, TAKEN_BY_PROVIDER, State
from schemas.messages import Message, Outcome
from schemas.times import Millis


def outcome_of(claim: Claim) -> Outcome | None:
    """The outcome as it stands; None for a message whose slots are all another's. What is in flight elsewhere is, as
    far as we know, in doubt. Only what a provider took has a cost."""
    row, message = claim.row, claim.message
    if row is None:
        return None
    is_paid = row.state in TAKEN_BY_PROVIDER
    return Outcome(
        shop=row.shop,
        recipient=row.recipient,
        order=message.order,
        kind=message.kind,
        channel=row.channel,
        slots=claim.slots,
        generation=row.generation,
        state=str(State.UNKNOWN if isinstance(claim, Taken) else row.state),
        at=row.decided_at,
        reason=row.reason,
        attempts=row.attempt,
        provider=row.provider,
        provider_id=row.provider_id or "",
        segments=message.segments if is_paid else 0,
        cost=message.cost if is_paid else Decimal(0),
        currency=message.currency,
        country=message.country,
        key=row.leader,
    )


def outcomes_since(ledger: Ledger, records: Records, moment: Millis) -> Iterator[Outcome]:
    """How those messages stand that were composed by a moment (message time) and changed in the ledger behind it."""
    for rows in ledger.changed(moment):
        slots = tuple(row.slot for row in rows)
        for record in records.of_recipient(rows[0].shop, rows[0].recipient):
            if isinstance(record, Message) and _place(record) == rows[0].place[1:] and {*slots} <= {*record.slots}:
                claim = Taken if rows[0].state in IN_FLIGHT else Settled
                outcome = outcome_of(claim(rows[0], slots, record))
                if outcome is not None:
                    yield outcome


def _place(message: Message) -> tuple[str, int]:
    return str(message.channel), message.generation
