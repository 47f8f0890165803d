"""What is told of a message: its row in the ledger as an outcome."""

from decimal import Decimal

from connectors.store.claims import Claim, Taken
from pipelines.rules.ledger import TAKEN_BY_PROVIDER, State
from schemas.messages import Outcome


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
