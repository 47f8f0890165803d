"""What every store must do: one suite, each store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from connectors.store import schema
from connectors.store.claims import GUARD, LEASE, At, Claimed, Deferred, Settled, Settlement, Taken
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store, open_store, upgrade
from connectors.store.witnessing import Evidence
from pipelines.rules.ledger import EXPIRED, OPTED_OUT, SUPERSEDED, TOLD_BEFORE, WAITS_FOR_EARLIER, Event, State
from pipelines.rules.unheard import UNHEARD
from schemas.errors import ConfigurationError, StoreDown
from schemas.messages import Message, Withdraw

Say = Callable[..., Message]
Undo = Callable[..., Withdraw]

KEYRING = Keyring({"k1": b"0123456789abcdef"})
ACCEPTED = Settlement(Event.ACCEPTED, provider="twilio", provider_id="SM1")


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, KEYRING, "worker-1")


def at(now: int = 1_000, machine: int = 5_000) -> At:
    return At(now, machine)


def claim(ledger: Ledger, message: Message, now: int = 1_000) -> Claimed:
    claimed = ledger.claim(message, at(now), SANDBOX)
    assert isinstance(claimed, Claimed)
    return claimed


def rows(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.store.transaction() as connection:
        found = connection.execute(select(schema.ledger.c.occurrence, schema.ledger.c.state).order_by("occurrence"))
        return [(row.occurrence, row.state) for row in found]


def test_a_claim_is_given_once(ledger: Ledger, say: Say) -> None:
    first = claim(ledger, say())
    assert (first.row.state, first.row.attempt, first.row.epoch) == (State.INTENT, 1, 1)
    assert isinstance(ledger.claim(say(), at(), SANDBOX), Taken)


def test_of_many_workers_one_gets_the_claim(ledger: Ledger, say: Say) -> None:
    workers = [Ledger(ledger.store, KEYRING, f"worker-{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda worker: worker.claim(say(), at(), SANDBOX), workers))
    assert sum(isinstance(answer, Claimed) for answer in answers) == 1
    assert sum(isinstance(answer, Taken) for answer in answers) == 7


def test_what_was_sent_and_not_heard_of_is_to_be_asked_about_until_it_was(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say("ab")), ACCEPTED, at(machine=5_000))
    ledger.settle(claim(ledger, say("c")), Settlement(Event.REFUSED, "21211"), at(machine=5_000))
    (other,) = ledger.claim_all([say("d", recipient="c2")], at(), SANDBOX)
    assert isinstance(other, Claimed)
    in_batch = Settlement(Event.ACCEPTED, provider="twilio", provider_id="SM2")
    ledger.settle_all([(other, in_batch)], at(machine=6_000))
    assert ledger.unheard(5_000 + UNHEARD - 1, 9) == []
    (first,) = ledger.unheard(5_000 + UNHEARD, 9)
    assert [row.provider_id for row in ledger.unheard(6_000 + UNHEARD, 9)] == ["SM1", "SM2"]
    ledger.asked(first, 7_000 + UNHEARD)
    assert [row.provider_id for row in ledger.unheard(6_000 + UNHEARD, 9)] == ["SM2"]
    (again,) = ledger.unheard(7_000 + UNHEARD, 9, first.leader)
    assert again.looks == 1
    ledger.asked(again, 0)
    assert ledger.unheard(7_000 + UNHEARD, 9, first.leader) == []
    ledger.witness(Evidence(Event.SEEN_DELIVERED, "twilio", "SM2"), at(machine=8_000))
    assert ledger.unheard(9 * UNHEARD, 9) == []


def test_what_was_sent_is_settled_for_ever_and_its_words_are_wiped(ledger: Ledger, say: Say) -> None:
    settled = ledger.settle(claim(ledger, say()), ACCEPTED, at())
    assert isinstance(settled, Settled)
    again = ledger.claim(say(), at(), SANDBOX)
    assert isinstance(again, Settled)
    assert again.row is not None
    assert (again.row.state, again.row.provider_id, again.row.sealed) == (State.SENT, "SM1", None)


def test_what_surely_was_not_sent_comes_back_when_it_is_due(ledger: Ledger, say: Say) -> None:
    later = Settlement(Event.NOT_SENT, "20429", due_at=31_000)
    assert isinstance(ledger.settle(claim(ledger, say()), later, at()), Deferred)
    assert isinstance(ledger.claim(say(), at(30_000), SANDBOX), Deferred)
    assert ledger.due(30_000) == []
    (row,) = ledger.due(31_000, "sowa", "c1")
    claimed = ledger.claim_due(row.leader, at(31_000), SANDBOX)
    assert isinstance(claimed, Claimed)
    assert claimed.row.attempt == 2


def test_every_attempt_sends_the_words_of_the_first(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say(text="first")), Settlement(Event.NOT_SENT, "x", due_at=2_000), at())
    assert claim(ledger, say(text="second"), 2_000).message.text == "first"


def test_words_and_addresses_are_sealed_and_hashed(ledger: Ledger, say: Say) -> None:
    claim(ledger, say())
    with ledger.store.transaction() as connection:
        stored = repr(connection.execute(select(schema.ledger)).all())
    assert "500000123" not in stored
    assert "paczka" not in stored


def test_a_lease_that_is_over_is_in_doubt_and_not_new(ledger: Ledger, say: Say) -> None:
    claim(ledger, say())
    taken = ledger.claim(say(), at(machine=5_000 + LEASE), SANDBOX)
    assert isinstance(taken, Taken)
    assert taken.row.state == State.UNKNOWN
    assert GUARD < LEASE


def test_an_answer_that_comes_after_the_lease_is_evidence(ledger: Ledger, say: Say) -> None:
    claimed = claim(ledger, say())
    ledger.claim(say(), at(machine=5_000 + LEASE), SANDBOX)
    settled = ledger.settle(claimed, ACCEPTED, at())
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert settled.row.state == State.SENT


def test_a_refusal_that_comes_after_the_lease_changes_nothing(ledger: Ledger, say: Say) -> None:
    claimed = claim(ledger, say())
    ledger.claim(say(), at(machine=5_000 + LEASE), SANDBOX)
    assert isinstance(ledger.settle(claimed, Settlement(Event.REFUSED, "21614"), at()), Taken)


def test_two_ids_for_one_key_are_an_incident(ledger: Ledger, say: Say) -> None:
    claimed = claim(ledger, say())
    ledger.settle(claimed, ACCEPTED, at())
    ledger.settle(claimed, Settlement(Event.ACCEPTED, provider="twilio", provider_id="SM2"), at())
    assert ledger.incidents() == {"two_ids_for_one_key": 1}


def test_a_providers_id_has_one_owner(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say("a")), ACCEPTED, at())
    settled = ledger.settle(claim(ledger, say("b")), ACCEPTED, at())
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert (settled.row.state, settled.row.provider_id) == (State.SENT, None)
    assert ledger.incidents() == {"id_owned_by_another": 1}


def test_a_withdrawal_that_comes_first_leaves_a_tombstone(ledger: Ledger, say: Say, undo: Undo) -> None:
    assert ledger.withdraw(undo(), at()) == []
    settled = ledger.claim(say(), at(), SANDBOX)
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert (settled.row.state, settled.row.reason) == (State.FAILED, SUPERSEDED)


def test_a_withdrawal_ends_what_is_deferred(ledger: Ledger, say: Say, undo: Undo) -> None:
    ledger.settle(claim(ledger, say()), Settlement(Event.NOT_SENT, "20429", due_at=9_000), at())
    (gone,) = ledger.withdraw(undo(), at())
    assert gone.row is not None
    assert (gone.row.state, gone.row.reason, gone.row.sealed) == (State.FAILED, SUPERSEDED, None)
    assert ledger.due(1_000_000) == []


def test_a_withdrawal_in_flight_keeps_the_mark(ledger: Ledger, say: Say, undo: Undo) -> None:
    claimed = claim(ledger, say())
    assert ledger.withdraw(undo(), at()) == []
    settled = ledger.settle(claimed, Settlement(Event.NOT_SENT, "20429", due_at=9_000), at())
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert (settled.row.state, settled.row.reason) == (State.FAILED, SUPERSEDED)


def test_a_refusal_after_a_withdrawal_falls_back_to_nothing(ledger: Ledger, say: Say, undo: Undo) -> None:
    claimed = claim(ledger, say(otherwise=say(channel="email")))
    ledger.withdraw(undo(), at())
    ledger.settle(claimed, Settlement(Event.REFUSED, "21614", falls_back=True), at())
    assert ledger.due(1_000_000) == []


def test_what_was_sent_ignores_a_withdrawal(ledger: Ledger, say: Say, undo: Undo) -> None:
    ledger.settle(claim(ledger, say()), ACCEPTED, at())
    assert ledger.withdraw(undo(), at()) == []
    assert rows(ledger) == [("a", State.SENT)]


def test_a_withdrawal_comes_twice_without_harm(ledger: Ledger, say: Say, undo: Undo) -> None:
    ledger.withdraw(undo(), at())
    assert ledger.withdraw(undo(), at()) == []
    assert rows(ledger) == [("a", State.FAILED)]


def test_the_next_generation_waits_for_one_in_flight_and_goes_when_it_failed(
    ledger: Ledger, say: Say, undo: Undo
) -> None:
    claimed = claim(ledger, say())
    waits = ledger.claim(say(generation=1), at(), SANDBOX)
    assert isinstance(waits, Deferred)
    assert waits.row.reason == WAITS_FOR_EARLIER
    ledger.withdraw(undo(), at())
    ledger.settle(claimed, Settlement(Event.NOT_SENT, "x", due_at=2_000), at())
    assert isinstance(ledger.claim(say(generation=1), at(waits.row.due_at or 0), SANDBOX), Claimed)


def test_the_next_generation_is_silent_after_one_that_was_sent(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say()), ACCEPTED, at())
    settled = ledger.claim(say(generation=1), at(), SANDBOX)
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert settled.row.reason == TOLD_BEFORE


def test_a_generation_that_never_came_is_spent_by_the_next(ledger: Ledger, say: Say) -> None:
    claim(ledger, say(generation=1))
    late = ledger.claim(say(), at(), SANDBOX)
    assert isinstance(late, Settled)
    assert late.row is not None
    assert late.row.reason == SUPERSEDED


def test_a_third_generation_looks_at_the_first(ledger: Ledger, say: Say, undo: Undo) -> None:
    ledger.settle(claim(ledger, say()), ACCEPTED, at())
    ledger.withdraw(undo(generation=1), at())
    settled = ledger.claim(say(generation=2), at(), SANDBOX)
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert settled.row.reason == TOLD_BEFORE


def test_a_merged_message_takes_all_its_slots(ledger: Ledger, say: Say) -> None:
    merged = claim(ledger, say("ab"))
    assert [slot.occurrence for slot in merged.slots] == ["a", "b"]
    assert isinstance(ledger.claim(say("b"), at(), SANDBOX), Settled)
    ledger.settle(merged, ACCEPTED, at())
    assert rows(ledger) == [("a", State.SENT), ("b", State.SENT)]


def test_a_merged_message_goes_for_the_slots_that_are_free(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say("a")), ACCEPTED, at())
    merged = claim(ledger, say("ab"))
    assert [slot.occurrence for slot in merged.slots] == ["b"]
    ledger.settle(merged, Settlement(Event.ACCEPTED, provider="twilio", provider_id="SM2"), at())
    again = ledger.claim(say("ab"), at(), SANDBOX)
    assert isinstance(again, Settled)
    assert [slot.occurrence for slot in again.slots] == ["b"]


def test_a_slot_named_twice_is_one_and_a_message_of_none_is_refused(ledger: Ledger, say: Say) -> None:
    assert [slot.occurrence for slot in claim(ledger, say("aa")).slots] == ["a"]
    with pytest.raises(ValueError, match="without a slot"):
        ledger.claim(say(""), at(), SANDBOX)


def test_a_message_whose_slots_are_all_taken_is_dropped(ledger: Ledger, say: Say) -> None:
    claim(ledger, say("ab"))
    dropped = ledger.claim(say("ba"), at(), SANDBOX)
    assert dropped == Settled(None, say("ba").slots, say("ba"))


def test_a_merged_message_is_withdrawn_with_any_slot_and_the_rest_goes_anew(
    ledger: Ledger, say: Say, undo: Undo
) -> None:
    ledger.settle(claim(ledger, say("ab")), Settlement(Event.NOT_SENT, "x", due_at=9_000), at())
    (gone,) = ledger.withdraw(undo("a"), at())
    assert [slot.occurrence for slot in gone.slots] == ["a", "b"]
    assert [slot.occurrence for slot in claim(ledger, say("b", generation=1)).slots] == ["b"]


def test_a_merged_message_that_comes_after_the_withdrawal_of_a_slot_does_not_go(
    ledger: Ledger, say: Say, undo: Undo
) -> None:
    ledger.withdraw(undo("b"), at())
    settled = ledger.claim(say("ab"), at(), SANDBOX)
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert settled.row.reason == SUPERSEDED
    assert isinstance(ledger.claim(say("a", generation=1), at(), SANDBOX), Claimed)


def test_a_refusal_and_what_takes_over_are_written_together(ledger: Ledger, say: Say) -> None:
    claimed = claim(ledger, say(otherwise=say(channel="email")))
    settled = ledger.settle(claimed, Settlement(Event.REFUSED, "21614", falls_back=True), at())
    assert isinstance(settled, Settled)
    (row,) = ledger.due(1_000)
    assert (row.leader, row.channel) == (settled.takes_over, "email")


def test_a_withdrawal_reaches_what_took_over(ledger: Ledger, say: Say, undo: Undo) -> None:
    claimed = claim(ledger, say(otherwise=say(channel="email")))
    ledger.settle(claimed, Settlement(Event.REFUSED, "21614", falls_back=True), at())
    (gone,) = ledger.withdraw(undo(), at())
    assert gone.row is not None
    assert (gone.row.channel, gone.row.state) == ("email", State.FAILED)
    assert isinstance(ledger.claim(say(generation=1, to="+48500000456"), at(), SANDBOX), Claimed)


def test_a_generation_is_silent_after_what_took_over_was_sent(ledger: Ledger, say: Say, undo: Undo) -> None:
    claimed = claim(ledger, say(otherwise=say(channel="email")))
    ledger.settle(claimed, Settlement(Event.REFUSED, "21614", falls_back=True), at())
    mail = ledger.claim_due(ledger.due(1_000)[0].leader, at(), SANDBOX)
    assert isinstance(mail, Claimed)
    ledger.settle(mail, Settlement(Event.ACCEPTED, provider="sendgrid", provider_id="X1"), at())
    ledger.withdraw(undo(), at())
    settled = ledger.claim(say(generation=1, to="+48500000456"), at(), SANDBOX)
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert settled.row.reason == TOLD_BEFORE


def test_a_stop_holds_before_the_next_claim_to_that_address_on_that_channel(ledger: Ledger, say: Say) -> None:
    stopped = Settlement(Event.REFUSED, OPTED_OUT, suppress=True)
    ledger.settle(claim(ledger, say("a")), stopped, at())
    settled = ledger.claim(say("b"), at(), SANDBOX)
    assert isinstance(settled, Settled)
    assert settled.row is not None
    assert settled.row.reason == OPTED_OUT
    assert isinstance(ledger.claim(say("b", "email"), at(), SANDBOX), Claimed)
    assert isinstance(ledger.claim(say("c", to="+48500000456"), at(), SANDBOX), Claimed)


def test_a_stop_is_learned_by_its_own_recipient_and_others_learn_it_from_the_log(ledger: Ledger, say: Say) -> None:
    ledger.settle(claim(ledger, say("a")), Settlement(Event.REFUSED, OPTED_OUT, suppress=True), at())
    assert isinstance(ledger.claim(say("a", recipient="c2"), at(), SANDBOX), Claimed)


def test_a_message_waits_for_its_hours_and_dies_with_its_validity(ledger: Ledger, say: Say) -> None:
    hours = {"intervals": ((5_000, 6_000),), "valid_until": 6_000}
    waits = ledger.claim(say(**hours), at(1_000), SANDBOX)
    assert isinstance(waits, Deferred)
    assert waits.row.due_at == 5_000
    dead = ledger.claim_due(waits.row.leader, at(6_000), SANDBOX)
    assert isinstance(dead, Settled)
    assert dead.row is not None
    assert dead.row.reason == EXPIRED


def test_a_closed_channel_lets_messages_wait(ledger: Ledger, say: Say) -> None:
    waits = ledger.claim(say(), at(), SANDBOX, closed="20003")
    assert isinstance(waits, Deferred)
    assert (waits.row.reason, waits.row.attempt) == ("20003", 0)


def test_an_error_of_the_database_quotes_no_values(ledger: Ledger, say: Say) -> None:
    claim(ledger, say(recipient="jan@poczta.example"))
    with pytest.raises(IntegrityError) as raised, ledger.store.transaction() as connection:
        connection.execute(schema.ledger.insert().from_select(list(schema.ledger.c.keys()), select(schema.ledger)))
    assert "poczta" not in str(raised.value)
    with pytest.raises((StoreDown, ProgrammingError)) as down, ledger.store.transaction() as connection:
        connection.execute(text("SELECT :it FROM nowhere"), {"it": "jan@poczta.example"})
    assert "poczta" not in str(down.value)


def test_another_realm_may_not_claim(ledger: Ledger, say: Say) -> None:
    with pytest.raises(ConfigurationError, match="realm"):
        ledger.claim(say(), at(), "twilio:AC1")


def test_a_store_is_opened_only_in_its_realm(lasting_url: str) -> None:
    open_store(lasting_url, "twilio:AC1").close()
    with pytest.raises(ConfigurationError, match="belongs to realm"):
        open_store(lasting_url, SANDBOX)


def test_many_workers_may_open_a_new_store_at_once(lasting_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(lasting_url, SANDBOX), range(4)))
    for each in stores:
        each.close()


def test_a_store_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="folder exists"):
        open_store(f"sqlite:///{tmp_path}/nowhere/awizo.db", SANDBOX)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        open_store("not a url", SANDBOX)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        open_store("postgresql+psycopg://nobody@127.0.0.1:9/awizo", SANDBOX)
    with pytest.raises(ConfigurationError, match="no driver"):
        open_store("postgresql+unheard_of://nobody@127.0.0.1:9/awizo", SANDBOX)


def test_the_migrations_make_the_schema(store: Store) -> None:
    upgrade(store.engine)
    found = inspect(store.engine)
    for table in schema.metadata.sorted_tables:
        made = {column["name"]: bool(column["nullable"]) for column in found.get_columns(table.name)}
        assert made == {column.name: bool(column.nullable) for column in table.columns}
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


def test_a_store_survives_the_process_with_what_waits(lasting_url: str, say: Say) -> None:
    first = Ledger(open_store(lasting_url, SANDBOX), KEYRING, "worker-1")
    first.settle(claim(first, say()), Settlement(Event.NOT_SENT, "x", due_at=2_000), at())
    first.store.close()
    second = Ledger(open_store(lasting_url, SANDBOX), KEYRING, "worker-2")
    assert claim(second, say(), 2_000).message == say()
    second.store.close()


def test_a_new_secret_finds_what_the_old_one_made(store: Store, say: Say) -> None:
    old = Ledger(store, KEYRING, "worker-1")
    old.settle(claim(old, say("a")), ACCEPTED, at())
    old.settle(claim(old, say("b")), Settlement(Event.REFUSED, OPTED_OUT, suppress=True), at())
    new = Ledger(store, Keyring({"k2": b"fedcba9876543210", "k1": b"0123456789abcdef"}), "worker-2")
    assert isinstance(new.claim(say("a"), at(), SANDBOX), Settled)
    refused = new.claim(say("c"), at(), SANDBOX)
    assert isinstance(refused, Settled)
    assert refused.row is not None
    assert refused.row.reason == OPTED_OUT


def test_a_keyring_keeps_its_secrets_to_itself() -> None:
    assert repr(KEYRING) == "Keyring(k1)"
    with pytest.raises(ConfigurationError, match="16 bytes"):
        Keyring({"k": b"short"})
    sealed = KEYRING.seal(b"words", "sowa/c1", "key")
    assert KEYRING.unseal(sealed, "sowa/c1", "key") == b"words"
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        KEYRING.unseal(sealed, "sowa/c2", "key")
    with pytest.raises(ConfigurationError, match="add the old secret"):
        Keyring({"k2": b"0123456789abcdef"}).unseal(sealed, "sowa/c1", "key")


def test_an_account_may_be_taken_out_and_come_back_and_a_new_one_may_come_beside_it(lasting_url: str) -> None:
    both = "sendgrid:main twilio:AC1"
    for realm in (both, "twilio:AC1", both, f"sendgrid:main sendgrid:spare {both[14:]}", "sendgrid:spare twilio:AC1"):
        opened = open_store(lasting_url, realm)
        assert opened.realm == realm  # whoever sends says the same, and may claim
        opened.close()


@pytest.mark.parametrize("realm", ["sendgrid:other", "sendgrid:other twilio:AC1"])
def test_accounts_that_share_some_with_a_store_and_lack_others_are_refused(lasting_url: str, realm: str) -> None:
    open_store(lasting_url, "sendgrid:main twilio:AC1").close()
    with pytest.raises(ConfigurationError, match="in two steps"):
        open_store(lasting_url, realm)


def test_a_store_whose_disk_is_full_says_so(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # no fewer than there are: it may not grow
    with pytest.raises(StoreDown, match="its disk is full"), store.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE more AS SELECT zeroblob(1000000) AS it")
    store.close()


def test_a_store_that_a_later_version_has_migrated_is_opened_by_the_one_before(lasting_url: str) -> None:
    newer = open_store(lasting_url, SANDBOX)
    with newer.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    store = open_store(lasting_url, SANDBOX)
    with store.reading() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    store.close()
