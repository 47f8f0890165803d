"""Batches give what one by one gives: on every store."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from connectors.store import schema
from connectors.store.claims import GUARD, LEASE, READ_TIMEOUT, At, Claim, Claimed, Settlement, within_lease
from connectors.store.doubting import Doubted, Sighting
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store, open_store
from pipelines.rules.brake import BRAKED
from pipelines.rules.doubt import LAG, SETTLE
from pipelines.rules.ledger import OPTED_OUT, Event, State
from schemas.messages import Message
from schemas.times import HOUR

Say = Callable[..., Message]

KEYRING = Keyring({"k1": b"0123456789abcdef"})
AT = At(1_000, 5_000)


def mixed(say: Say) -> list[Message]:
    """Plain ones, and every sort that is not."""
    return [
        say("a"),
        say("bc", recipient="c2"),
        say("a"),  # once more
        say("c", recipient="c2"),  # its slot is the second one's
        say("d", generation=1),
        say("e", at=9_000),  # not yet
        say("f", valid_until=500, intervals=((0, 500),)),  # not any more
        say("g", "email"),
        say("h", recipient="c3"),
    ]


def accepted(number: int) -> Settlement:
    return Settlement(Event.ACCEPTED, provider="twilio", provider_id=f"SM{number}")


def rows(ledger: Ledger) -> list[tuple[object, ...]]:
    """All that is written, but for what is sealed with chance."""
    columns = [column for column in schema.ledger.c if column.name != "sealed"]
    with ledger.store.transaction() as connection:
        found = connection.execute(select(*columns, schema.ledger.c.sealed.is_(None)).order_by(schema.ledger.c.key))
        return [tuple(row) for row in found]


def told(claims: list[Claim]) -> list[tuple[object, ...]]:
    return [(type(c).__name__, c.row and (c.row.leader, c.row.state, c.row.reason), c.slots) for c in claims]


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, KEYRING, "worker-1")


def test_a_batch_claims_as_one_by_one_does(ledger: Ledger, say: Say) -> None:
    alone = Ledger(open_store("sqlite://", SANDBOX), KEYRING, "worker-1")
    one_by_one = [alone.claim(message, AT, SANDBOX) for message in mixed(say)]
    at_once = ledger.claim_all(mixed(say), AT, SANDBOX)
    assert told(at_once) == told(one_by_one)
    assert rows(ledger) == rows(alone)
    assert sum(isinstance(claim, Claimed) for claim in at_once) == 5
    assert told(ledger.claim_all(mixed(say), AT, SANDBOX)) == told([alone.claim(m, AT, SANDBOX) for m in mixed(say)])
    alone.store.close()


def test_a_batch_settles_as_one_by_one_does(ledger: Ledger, say: Say) -> None:
    alone = Ledger(open_store("sqlite://", SANDBOX), KEYRING, "worker-1")
    results = []
    for each in (alone, ledger):
        claims = [claim for claim in each.claim_all(mixed(say), AT, SANDBOX) if isinstance(claim, Claimed)]
        told_of = [
            accepted(1),
            accepted(2),
            Settlement(Event.NOT_SENT, "20429", due_at=9_000),
            accepted(4),
            accepted(4),
        ]
        pairs = list(zip(claims, told_of, strict=True))
        later = At(2_000, 6_000)
        done = each.settle_all(pairs, later) if each is ledger else [each.settle(*pair, later) for pair in pairs]
        results.append([(result.row and result.row.state, result.row and result.row.provider_id) for result in done])
    # of two answers with one id, one by one the first keeps it; in a batch too
    assert results[0] == results[1]
    assert rows(ledger) == rows(alone)
    assert ledger.incidents() == alone.incidents() == {"id_owned_by_another": 1}
    alone.store.close()


def test_a_stop_and_a_closed_channel_hold_in_a_batch(ledger: Ledger, say: Say) -> None:
    (first,) = ledger.claim_all([say("a")], AT, SANDBOX)
    assert isinstance(first, Claimed)
    ledger.settle_all([(first, Settlement(Event.REFUSED, OPTED_OUT, suppress=True))], AT)
    stopped, other = ledger.claim_all([say("b"), say("c", recipient="c2", to="+48500000456")], AT, SANDBOX)
    assert stopped.row is not None
    assert (stopped.row.state, stopped.row.reason) == (State.FAILED, OPTED_OUT)
    assert isinstance(other, Claimed)
    (waits,) = ledger.claim_all([say("d", recipient="c3")], AT, SANDBOX, closed="20003")
    assert waits.row is not None
    assert (waits.row.state, waits.row.reason) == (State.DEFERRED, "20003")


def test_a_claim_that_was_taken_over_is_not_settled_by_its_batch(ledger: Ledger, say: Say) -> None:
    claims = [c for c in ledger.claim_all([say("a"), say("b")], AT, SANDBOX) if isinstance(c, Claimed)]
    ledger.doubt(claims[0].row.leader, At(1_000, 5_000 + LEASE))
    refused = Settlement(Event.REFUSED, "21614")
    results = ledger.settle_all([(claims[0], refused), (claims[1], accepted(1))], AT)
    assert [result.row.state for result in results if result.row] == [State.UNKNOWN, State.SENT]


def test_no_more_is_claimed_than_can_be_posted_within_the_lease() -> None:
    most = within_lease(32)
    rounds = most // 32
    assert (rounds - 1) * (READ_TIMEOUT + 5_000) <= LEASE - GUARD
    assert rounds * (READ_TIMEOUT + 5_000) > LEASE - GUARD


def test_two_answers_to_one_message_in_one_batch_are_an_incident(ledger: Ledger, say: Say) -> None:
    (zombie,) = ledger.claim_all([say("a")], AT, SANDBOX)
    leader, later = zombie.row.leader, 5_000 + LEASE  # type: ignore[union-attr]
    for machine in (later + SETTLE + LAG, later + SETTLE + 2 * LAG):
        opened = ledger.doubt(leader, At(1_000, machine))
        assert isinstance(opened, Doubted)
        ledger.looked(opened, Sighting(), At(1_000, machine))
    other = ledger.claim_due(leader, At(1_000, later + HOUR), SANDBOX)
    pairs = [(claim, accepted(n)) for n, claim in enumerate((zombie, other)) if isinstance(claim, Claimed)]
    assert len(pairs) == 2
    ledger.settle_all(pairs, At(1_000, later + HOUR))
    assert ledger.incidents() == {"two_ids_for_one_key": 1}


def test_what_the_brake_holds_is_parked_in_a_batch_too_and_asked_about_once(store: Store, say: Say) -> None:
    asked: list[str] = []

    def brake(message: Message, _: int) -> bool:
        asked.append(message.recipient)
        return message.recipient == "c2"

    ledger = Ledger(store, KEYRING, "worker-1", brake=brake)
    messages = [say(recipient=name, to=f"+4850000012{name[1]}") for name in ("c1", "c2", "c3")]
    claims = ledger.claim_all(messages, AT, SANDBOX)
    assert [(type(each).__name__, each.row and each.row.reason) for each in claims] == [
        ("Claimed", ""),
        ("Settled", BRAKED),
        ("Claimed", ""),
    ]
    assert asked == ["c1", "c2", "c3"]
