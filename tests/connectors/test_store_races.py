"""What only shows where transactions really run side by side: PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text

from connectors.store import ledger as ledger_module
from connectors.store.claims import At, Claim, Claimed, Deferred, Settlement
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.store.parked import Filter, Parking
from connectors.store.schema import ledger as rows
from connectors.store.settling import Settling
from connectors.store.turns import take_turn
from connectors.store.witnessing import Evidence
from pipelines.rules.brake import BRAKED
from pipelines.rules.ledger import Event, State
from schemas.errors import StoreDown
from schemas.messages import Message, Withdraw

Say = Callable[..., Message]
Undo = Callable[..., Withdraw]

KEYRING = Keyring({"k1": b"0123456789abcdef"})
AT = At(1_000, 5_000)
REFUSED = Settlement(Event.REFUSED, "21614", falls_back=True)
IDLE = "idle_in_transaction_session_timeout"
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture
def store(postgres: Callable[[], str]) -> Iterator[Store]:
    opened = open_store(postgres(), SANDBOX)
    yield opened
    opened.close()


def claim_while_the_refusal_is_being_written(store: Store, say: Say) -> Claim:
    """A number is refused and a mail takes over, while another worker claims the next generation."""
    ledger = Ledger(store, KEYRING, "worker-1")
    claimed = ledger.claim(say(otherwise=say(channel="email")), AT, SANDBOX)
    assert isinstance(claimed, Claimed)
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as connection:
            take_turn(connection, [("sowa", "c1")])
            Settling(connection, KEYRING, AT, claimed).write(REFUSED)
            other = pool.submit(Ledger(store, KEYRING, "worker-2").claim, say(generation=1), AT, SANDBOX)
            wait_until_blocked(store, other)
        return other.result()


def wait_until_blocked(store: Store, other: Future[Any]) -> None:
    while not other.done():
        with store.engine.connect() as connection:
            if connection.scalar(_WAITING):
                return


def test_a_generation_sees_what_takes_over_while_it_is_being_written(store: Store, say: Say) -> None:
    assert isinstance(claim_while_the_refusal_is_being_written(store, say), Deferred)


def test_without_turns_it_would_not(store: Store, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "take_turn", lambda connection, people: None)
    assert isinstance(claim_while_the_refusal_is_being_written(store, say), Claimed)


def test_a_callback_does_not_block_whoever_settles_the_same_message(store: Store, say: Say) -> None:
    ledger = Ledger(store, KEYRING, "worker-1")
    claimed = ledger.claim(say(), AT, SANDBOX)
    assert isinstance(claimed, Claimed)
    told = Evidence(Event.SEEN_DELIVERED, "twilio", "SM1", claimed.row.leader)
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as connection:
            take_turn(connection, [("sowa", "c1")])
            callback = pool.submit(ledger.witness, told, AT)
            wait_until_blocked(store, callback)
            settled = select(rows.c.key).where(rows.c.leader == claimed.row.leader)
            assert connection.execute(settled.with_for_update(nowait=True)).all()  # or one of the two would be killed
        row = callback.result()
    assert row is not None
    assert row.state == State.DELIVERED


def test_whoever_looks_through_what_is_parked_blocks_nobody(store: Store, say: Say) -> None:
    ledger = Ledger(store, KEYRING, "worker-1", brake=lambda *_: True)
    ledger.claim(say(), AT, SANDBOX)
    with store.transaction() as connection:
        take_turn(connection, [("sowa", "c1")])
        connection.execute(select(rows.c.key).with_for_update()).all()
        assert [row.reason for row in Parking(ledger).find(Filter())] == [BRAKED]


def test_however_many_are_parked_they_are_found(store: Store, say: Say) -> None:
    ledger = Ledger(store, KEYRING, "worker-1", brake=lambda *_: True)
    ledger.claim(say(), AT, SANDBOX)
    many = 70_000  # more than a statement takes values
    copies = text(
        "INSERT INTO ledger SELECT (jsonb_populate_record(l, jsonb_build_object('key', n, 'leader', n))).* "
        "FROM ledger l, generate_series(1, :many) n"
    )
    with store.transaction() as connection:
        connection.execute(copies, {"many": many})
    assert len(Parking(ledger).find(Filter())) == many + 1


def test_nobody_waits_for_ever(store: Store) -> None:
    with store.transaction() as connection:
        bounds = [connection.scalar(text(f"SHOW {name}")) for name in ("lock_timeout", IDLE)]
    assert bounds == ["30s", "1min"]


def test_who_stands_still_with_anothers_turn_is_thrown_out_and_the_work_goes_on(store: Store, say: Say) -> None:
    def stand_still() -> Claim:
        with store.transaction() as connection:
            take_turn(connection, [("sowa", "c1")])
            connection.execute(text(f"SET LOCAL {IDLE} = '50ms'"))
            claims.append(Ledger(store, KEYRING, "worker-2").claim(say(), AT, SANDBOX))  # waits until it is over
            connection.execute(text("SELECT 1"))
        return claims[0]

    claims: list[Claim] = []
    with pytest.raises(StoreDown):
        stand_still()
    assert isinstance(claims[0], Claimed)


def test_a_server_that_takes_no_writes_is_a_store_that_is_down(postgres: Callable[[], str], say: Say) -> None:
    store = open_store(postgres(), SANDBOX)
    with store.transaction() as connection:
        connection.execute(text(f"ALTER DATABASE {store.engine.url.database} SET default_transaction_read_only = on"))
    store.engine.dispose()
    with pytest.raises(StoreDown):
        Ledger(store, KEYRING, "worker-1").claim(say(), AT, SANDBOX)
    store.close()


def test_workers_that_all_do_the_same_at_once_give_each_message_one_claim(store: Store, say: Say, undo: Undo) -> None:
    messages = [say("abc"), say("bcd"), say("d"), say("b", generation=1), say("a", generation=1), say("e")]
    claims: list[Claim] = []
    ready = threading.Barrier(6)

    def work(number: int) -> None:
        ledger = Ledger(store, KEYRING, f"worker-{number}")
        ready.wait()
        for message in messages[number:] + messages[:number]:
            claims.append(ledger.claim(message, AT, SANDBOX))
            ledger.withdraw(undo("abc"), AT)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    taken = [claim.row.leader for claim in claims if isinstance(claim, Claimed)]
    assert len(taken) == len(set(taken))
    assert taken
