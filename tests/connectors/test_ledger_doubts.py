"""Doubt, evidence and fences: what every store must do about what nobody knows."""

from collections.abc import Callable

import pytest

from connectors.store.claims import LEASE, At, Claimed, Deferred, Result, Settled, Settlement, Taken
from connectors.store.doubting import Doubted, Sighting
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store
from connectors.store.witnessing import Evidence
from pipelines.rules.doubt import LAG, LONGEST_SILENCE, MOST_DOUBTS, SETTLE, SKEW, wait_after
from pipelines.rules.ledger import FENCED, IN_DOUBT, NOT_FOUND, SUPERSEDED, SUPERSEDED_IN_DOUBT, Event, State
from schemas.messages import Message, Withdraw
from schemas.times import HOUR

Say = Callable[..., Message]
Undo = Callable[..., Withdraw]

SECRET = b"0123456789abcdef"
ACCEPTED = Settlement(Event.ACCEPTED, provider="twilio", provider_id="SM1")
DOUBT = Settlement(Event.DOUBT, "ProtocolError")
NOTHING = Sighting()
FIRST = SETTLE + LAG


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, Keyring({"k1": SECRET}), "worker-1")


def at(now: int = 1_000, machine: int = 0) -> At:
    return At(now, machine)


def claim(ledger: Ledger, message: Message, when: At | None = None) -> Claimed:
    claimed = ledger.claim(message, when or at(), SANDBOX)
    assert isinstance(claimed, Claimed)
    return claimed


def doubted(ledger: Ledger, message: Message) -> str:
    """Claimed, posted, and nobody knows; the leader."""
    result = ledger.settle(claim(ledger, message), DOUBT, at())
    assert isinstance(result, Taken)
    return result.row.leader


def look(ledger: Ledger, leader: str, sighting: Sighting, machine: int, now: int = 1_000) -> Result:
    opened = ledger.doubt(leader, at(now, machine))
    assert isinstance(opened, Doubted)
    return ledger.looked(opened, sighting, at(now, machine))


def settled(result: object) -> tuple[str, str]:
    assert isinstance(result, Settled)
    assert result.row is not None
    return result.row.state, result.row.reason


def found(*ids: str) -> Sighting:
    return Sighting(tuple(("twilio", each) for each in ids))


def test_a_doubt_is_looked_up_when_all_has_settled_and_not_before(ledger: Ledger, say: Say) -> None:
    leader = doubted(ledger, say())
    assert isinstance(ledger.doubt(leader, at(machine=FIRST - 1)), Taken)
    opened = ledger.doubt(leader, at(machine=FIRST))
    assert isinstance(opened, Doubted)
    assert opened.message == say()
    assert (opened.since, opened.until) == (1_000 - SKEW, 1_000 + SKEW)
    assert ledger.flying(FIRST - 1) == []
    assert [row.leader for row in ledger.flying(FIRST)] == [leader]


def test_a_lease_that_is_over_is_looked_up_as_long_after_its_end(ledger: Ledger, say: Say) -> None:
    leader = claim(ledger, say()).row.leader
    assert isinstance(ledger.doubt(leader, at(machine=LEASE - 1)), Taken)
    in_doubt = ledger.doubt(leader, at(machine=LEASE))
    assert isinstance(in_doubt, Taken)
    assert in_doubt.row.state == State.UNKNOWN
    assert isinstance(ledger.doubt(leader, at(machine=LEASE + FIRST - 1)), Taken)
    assert isinstance(ledger.doubt(leader, at(machine=LEASE + FIRST)), Doubted)


def test_what_is_listed_is_adopted_and_its_words_are_wiped(ledger: Ledger, say: Say) -> None:
    result = look(ledger, doubted(ledger, say()), found("SM1"), FIRST)
    assert settled(result) == (State.SENT, "")
    assert isinstance(result, Settled)
    assert result.row is not None
    assert (result.row.provider, result.row.provider_id, result.row.sealed) == ("twilio", "SM1", None)
    assert isinstance(ledger.claim(say(), at(), SANDBOX), Settled)


def test_what_is_not_listed_twice_some_time_apart_is_sent_again(ledger: Ledger, say: Say) -> None:
    leader = doubted(ledger, say())
    once = look(ledger, leader, NOTHING, FIRST)
    assert isinstance(once, Taken)
    assert isinstance(ledger.doubt(leader, at(machine=FIRST + LAG - 1)), Taken)
    twice = look(ledger, leader, NOTHING, FIRST + LAG)
    assert isinstance(twice, Deferred)
    assert (twice.row.state, twice.row.due_at) == (State.NEW, 1_000)
    again = ledger.claim_due(leader, at(machine=FIRST + LAG), SANDBOX)
    assert isinstance(again, Claimed)
    assert again.row.attempt == 2


def test_two_that_look_at_once_count_as_one(ledger: Ledger, say: Say) -> None:
    leader = doubted(ledger, say())
    one, other = (ledger.doubt(leader, at(machine=FIRST)) for _ in range(2))
    assert isinstance(one, Doubted)
    assert isinstance(other, Doubted)
    ledger.looked(one, NOTHING, at(machine=FIRST))
    ledger.looked(other, NOTHING, at(machine=FIRST))
    assert isinstance(ledger.doubt(leader, at(machine=FIRST)), Taken)


def test_a_provider_that_cannot_be_asked_now_is_asked_again_and_that_is_no_look(ledger: Ledger, say: Say) -> None:
    leader = doubted(ledger, say())
    for number in range(5):
        result = look(ledger, leader, Sighting(answered=False), FIRST + number * LAG)
        assert isinstance(result, Taken)
        assert result.row.looks == 0


@pytest.mark.parametrize(
    ("policy", "sighting", "state", "reason"),
    [
        ("reconcile", Sighting(possible=False), State.PARKED, IN_DOUBT),
        ("never_resend", Sighting(possible=False), State.PARKED, IN_DOUBT),
        ("never_resend", NOTHING, State.PARKED, IN_DOUBT),
        ("resend", Sighting(possible=False), State.NEW, ""),
        ("resend", NOTHING, State.NEW, ""),
    ],
)
def test_the_messages_policy_decides_what_cannot_be_known(
    ledger: Ledger, say: Say, policy: str, sighting: Sighting, state: State, reason: str
) -> None:
    leader = doubted(ledger, say(on_unknown=policy))
    result = look(ledger, leader, sighting, FIRST)
    if isinstance(result, Taken):
        result = look(ledger, leader, sighting, FIRST + LAG)
    assert result.row is not None
    assert (result.row.state, result.row.reason) == (state, reason)


def test_round_after_round_of_doubt_ends_with_a_human(ledger: Ledger, say: Say) -> None:
    leader = doubted(ledger, say())
    now, machine = 1_000, 0
    for number in range(MOST_DOUBTS):
        machine += FIRST + LAG
        look(ledger, leader, NOTHING, machine - LAG, now)
        result = look(ledger, leader, NOTHING, machine, now)
        if number < MOST_DOUBTS - 1:
            now += wait_after(number)
            again = ledger.claim_due(leader, at(now, machine), SANDBOX)
            assert isinstance(again, Claimed)
            ledger.settle(again, DOUBT, at(now, machine))
    assert settled(result) == (State.PARKED, NOT_FOUND)
    assert now + machine > 2 * HOUR


def test_an_id_that_another_row_owns_is_not_adopted(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say("b")), ACCEPTED, at())
    leader = doubted(ledger, say("a"))
    assert isinstance(look(ledger, leader, found("SM1"), FIRST), Taken)
    result = look(ledger, leader, found("SM1", "SM2"), FIRST + LAG)
    assert isinstance(result, Settled)
    assert result.row is not None
    assert result.row.provider_id == "SM2"
    assert ledger.incidents() == {}


def test_more_than_one_that_is_listed_is_sent_and_an_incident(ledger: Ledger, say: Say) -> None:
    assert settled(look(ledger, doubted(ledger, say()), found("SM1", "SM2"), FIRST)) == (State.SENT, "")
    assert ledger.incidents() == {"two_ids_for_one_key": 1}


def test_what_was_withdrawn_in_doubt_is_never_sent_again(ledger: Ledger, say: Say, undo: Undo) -> None:
    leader = doubted(ledger, say())
    ledger.withdraw(undo(), at())
    look(ledger, leader, NOTHING, FIRST)
    assert settled(look(ledger, leader, NOTHING, FIRST + LAG)) == (State.FAILED, SUPERSEDED)
    assert isinstance(ledger.claim(say(generation=1), at(), SANDBOX), Claimed)


def test_what_was_withdrawn_and_cannot_be_looked_up_lets_no_generation_follow(
    ledger: Ledger, say: Say, undo: Undo
) -> None:
    leader = doubted(ledger, say())
    ledger.withdraw(undo(), at())
    assert settled(look(ledger, leader, Sighting(possible=False), FIRST)) == (State.FAILED, SUPERSEDED_IN_DOUBT)
    assert settled(ledger.claim(say(generation=1), at(), SANDBOX))[0] == State.FAILED


def test_what_is_parked_in_doubt_and_then_withdrawn_is_not_sent(ledger: Ledger, say: Say, undo: Undo) -> None:
    look(ledger, doubted(ledger, say()), Sighting(possible=False), FIRST)
    (gone,) = ledger.withdraw(undo(), at())
    assert settled(gone) == (State.FAILED, SUPERSEDED_IN_DOUBT)


@pytest.mark.parametrize("place", ["claimed", "in doubt", "absent", "parked", "deferred"])
def test_evidence_wins_over_every_doubt(ledger: Ledger, say: Say, place: str) -> None:
    claimed = claim(ledger, say())
    leader = claimed.row.leader
    if place == "deferred":
        ledger.settle(claimed, Settlement(Event.NOT_SENT, "x", due_at=9_000), at())
    elif place != "claimed":
        ledger.settle(claimed, DOUBT, at())
    if place == "absent":
        look(ledger, leader, NOTHING, FIRST)
        look(ledger, leader, NOTHING, FIRST + LAG)
    if place == "parked":
        look(ledger, leader, Sighting(possible=False), FIRST)
    row = ledger.witness(Evidence(Event.SEEN_DELIVERED, "twilio", "SM1", leader), at())
    assert row is not None
    assert (row.state, row.provider_id) == (State.DELIVERED, "SM1")
    assert isinstance(ledger.claim(say(), at(), SANDBOX), Settled)
    assert ledger.incidents() == {}


def test_evidence_comes_twice_and_by_the_providers_id_alone(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say()), ACCEPTED, at())
    for _ in range(2):
        row = ledger.witness(Evidence(Event.SEEN_DELIVERED, "twilio", "SM1"), at())
        assert row is not None
        assert row.state == State.DELIVERED
    assert ledger.witness(Evidence(Event.SEEN_DELIVERED, "twilio", "SM9"), at()) is None
    assert ledger.incidents() == {}


def test_a_second_id_is_an_incident_counted_once(ledger: Ledger, say: Say) -> None:
    claimed = claim(ledger, say())
    ledger.settle(claimed, ACCEPTED, at())
    for _ in range(3):
        ledger.witness(Evidence(Event.SEEN_SENT, "twilio", "SM2", claimed.row.leader), at())
    assert ledger.incidents() == {"two_ids_for_one_key": 1}


def test_evidence_for_what_surely_had_failed_is_an_incident(ledger: Ledger, say: Say, undo: Undo) -> None:
    claimed = claim(ledger, say())
    ledger.settle(claimed, Settlement(Event.NOT_SENT, "x", due_at=9_000), at())
    ledger.withdraw(undo(), at())
    ledger.witness(Evidence(Event.SEEN_SENT, "twilio", "SM1", claimed.row.leader), at())
    assert ledger.incidents() == {"sent_though_failed": 1}


def test_a_worker_that_comes_back_late_with_an_id_settles_what_was_to_be_sent_again(ledger: Ledger, say: Say) -> None:
    claimed = claim(ledger, say())
    leader = claimed.row.leader
    ledger.doubt(leader, at(machine=LEASE))
    look(ledger, leader, NOTHING, LEASE + FIRST)
    look(ledger, leader, NOTHING, LEASE + FIRST + LAG)
    assert settled(ledger.settle(claimed, ACCEPTED, at(machine=LEASE + FIRST + LAG))) == (State.SENT, "")
    assert ledger.claim_due(leader, at(machine=LEASE + FIRST + LAG), SANDBOX) is None


def test_a_provider_that_never_answers_leaves_a_doubt_to_a_human_in_the_end(ledger: Ledger, say: Say) -> None:
    leader, silent = doubted(ledger, say(valid_until=2_000)), Sighting(answered=False)
    assert isinstance(look(ledger, leader, silent, FIRST, 2_000 + LONGEST_SILENCE - 1), Taken)
    given_up = look(ledger, leader, silent, FIRST + LAG, 2_000 + LONGEST_SILENCE)
    assert settled(given_up) == (State.PARKED, IN_DOUBT)


@pytest.mark.parametrize(
    "late", [Settlement(Event.NOT_SENT, "20429", due_at=1_000), Settlement(Event.REFUSED, "21614"), DOUBT]
)
def test_what_a_worker_writes_late_does_not_touch_the_claim_of_another(
    ledger: Ledger, say: Say, late: Settlement
) -> None:
    former = claim(ledger, say())
    leader, first = former.row.leader, LEASE + FIRST
    look(ledger, leader, NOTHING, first)
    look(ledger, leader, NOTHING, first + LAG)
    present = ledger.claim_due(leader, at(machine=first + LAG), SANDBOX)
    assert isinstance(present, Claimed)
    assert isinstance(ledger.settle(former, late, at(machine=first + LAG)), Taken)
    assert ledger.due(HOUR) == []  # or a third would send beside the second
    assert settled(ledger.settle(present, ACCEPTED, at(machine=first + LAG))) == (State.SENT, "")


def test_a_look_up_asks_by_the_keys_of_every_secret(store: Store, say: Say) -> None:
    leader = doubted(Ledger(store, Keyring({"k1": SECRET}), "worker-1"), say())
    new = Ledger(store, Keyring({"k2": b"fedcba9876543210", "k1": SECRET}), "worker-2")
    opened = new.doubt(leader, at(machine=FIRST))
    assert isinstance(opened, Doubted)
    assert len(opened.keys) == 2
    assert opened.keys[0] == leader


def test_a_fence_puts_in_doubt_what_may_have_been_sent_and_leaves_the_rest(ledger: Ledger, say: Say) -> None:
    later = Settlement(Event.NOT_SENT, "20429", due_at=5_000)
    ledger.settle(claim(ledger, say("ab")), later, at())
    ledger.settle(claim(ledger, say("c")), Settlement(Event.NOT_SENT, "20429", due_at=90_000), at())
    ledger.settle(claim(ledger, say("d")), ACCEPTED, at())
    assert ledger.fence(3_000, at(9_000, 50_000)).doubted == 1
    assert ledger.due(9_000) == []
    assert [row.due_at for row in ledger.due(90_000)] == [90_000]
    (row,) = ledger.flying(50_000 + FIRST)
    assert (row.state, row.reason, row.occurrence) == (State.UNKNOWN, FENCED, "a")


def test_looks_and_leases_from_before_a_fence_prove_nothing(ledger: Ledger, say: Say) -> None:
    looked, flying = doubted(ledger, say("a")), claim(ledger, say("b")).row.leader
    look(ledger, looked, NOTHING, FIRST)
    put_up = LEASE + 10 * HOUR  # both may have been sent just before, and not be listed yet
    assert ledger.fence(3_000, at(9_000, put_up)).doubted == 2
    for leader in (looked, flying):
        assert isinstance(ledger.doubt(leader, at(9_000, put_up + FIRST - 1)), Taken)
        assert isinstance(look(ledger, leader, NOTHING, put_up + FIRST, 9_000), Taken)
        assert isinstance(look(ledger, leader, NOTHING, put_up + FIRST + LAG, 9_000), Deferred)


def test_behind_a_fence_what_comes_again_is_looked_up_before_it_goes(ledger: Ledger, say: Say) -> None:
    ledger.fence(3_000, at(9_000, 50_000))
    taken = ledger.claim(say(at=4_000), at(9_000, 50_000), SANDBOX)
    assert isinstance(taken, Taken)
    opened = ledger.doubt(taken.row.leader, at(9_000, 50_000 + FIRST))
    assert isinstance(opened, Doubted)
    assert opened.since == 3_000 - SKEW
    assert isinstance(ledger.claim(say("b", at=9_001), at(9_001, 50_000), SANDBOX), Claimed)
