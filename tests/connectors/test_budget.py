"""A shop's SMS budget at the claim: exact among workers, on each store; what passes it goes by e-mail."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from connectors.live import Live, LiveSettings
from connectors.machine import machine_time
from connectors.sandbox.server import Sandbox
from connectors.shops import load_bundle
from connectors.store.bundles import BundleShelf
from connectors.store.claims import At, Claim, Claimed, Settled, Settlement
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store
from connectors.store.parked import Filter, Parking
from connectors.store.spending import spending
from pipelines.rules.brake import BRAKED
from pipelines.rules.budget import OVER_BUDGET, Charge, charge
from pipelines.rules.ledger import Event, State
from schemas.messages import Message
from schemas.shops import Bundle
from schemas.times import HOUR, to_millis

Say = Callable[..., Message]

KEYRING = Keyring({"k1": b"0123456789abcdef"})
SHOP = load_bundle(Path(__file__).parents[2] / "infra" / "demo" / "shops" / "sowa" / "2")
TWO_EACH = Bundle.model_validate({**SHOP.model_dump(), "daily_sms_budget": "0.30"})
NOON = to_millis(datetime.fromisoformat("2026-10-14T12:00:00+02:00"))


def counted(message: Message, now: int) -> Charge | None:
    return charge(message, TWO_EACH, now)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, KEYRING, "worker-1", budget=counted)


@pytest.fixture
def sms(say: Say) -> Say:
    """An SMS of 0.15 that may turn into a letter."""

    def made(recipient: str, **changes: Any) -> Message:
        more: dict[str, Any] = {"recipient": recipient, "valid_until": NOON + 100 * HOUR, "at": NOON}
        more |= {"intervals": ((NOON, NOON + 100 * HOUR),)}
        letter = say(channel="email", **more)
        return say(**{"cost": Decimal("0.15"), "currency": "PLN", "otherwise": letter, **more, **changes})

    return made


def stands(claims: Sequence[Claim]) -> list[str]:
    return [
        str(claim.row.state if claim.row and not claim.row.reason else claim.row and claim.row.reason)
        for claim in claims
    ]


def spent(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {row.day: row.spent for row in connection.execute(select(spending))}


def test_the_migration_makes_the_table_that_the_code_expects(store: Store) -> None:
    columns = inspect(store.engine).get_columns("spending")
    assert {column["name"] for column in columns} == {column.name for column in spending.columns}


def test_past_the_budget_e_mail_takes_over_and_the_next_day_sms_goes_again(ledger: Ledger, sms: Say) -> None:
    claims = [ledger.claim(sms(f"c{n}"), At(NOON, 5_000), SANDBOX) for n in range(3)]
    assert stands(claims) == [State.INTENT, State.INTENT, OVER_BUDGET]
    denied = claims[2]
    assert isinstance(denied, Settled)
    assert denied.row is not None
    assert (denied.row.state, denied.row.fallback) == (State.FAILED, "email")
    letter = ledger.claim_due(denied.takes_over, At(NOON, 5_000), SANDBOX)
    assert isinstance(letter, Claimed)
    assert letter.row.channel == "email"
    almost, midnight = NOON + 12 * HOUR - 1, NOON + 12 * HOUR
    assert stands([ledger.claim(sms("c4"), At(almost, 5_000), SANDBOX)]) == [OVER_BUDGET]
    assert stands([ledger.claim(sms("c5"), At(midnight, 5_000), SANDBOX)]) == [State.INTENT]
    assert spent(ledger.store) == {"2026-10-14": 300_000, "2026-10-15": 150_000}


def test_without_a_letter_it_is_not_said_and_the_reason_stays(ledger: Ledger, sms: Say) -> None:
    claims = [ledger.claim(sms(f"c{n}", otherwise=None), At(NOON, 5_000), SANDBOX) for n in range(3)]
    assert stands(claims)[2] == OVER_BUDGET
    assert isinstance(claims[2], Settled)
    assert claims[2].takes_over == ""


def test_what_no_cap_stops_goes_and_counts(ledger: Ledger, sms: Say) -> None:
    urgent = [ledger.claim(sms(f"u{n}", priority=1), At(NOON, 5_000), SANDBOX) for n in range(3)]
    assert stands(urgent) == [State.INTENT] * 3
    assert stands([ledger.claim(sms("c1"), At(NOON, 5_000), SANDBOX)]) == [OVER_BUDGET]
    assert spent(ledger.store) == {"2026-10-14": 450_000}


def test_a_message_is_counted_once_however_often_it_is_tried(ledger: Ledger, sms: Say) -> None:
    claimed = ledger.claim(sms("c1"), At(NOON, 5_000), SANDBOX)
    assert isinstance(claimed, Claimed)
    ledger.settle(claimed, Settlement(Event.NOT_SENT, "429", due_at=NOON + 1), At(NOON, 5_000))
    assert isinstance(ledger.claim_due(claimed.row.leader, At(NOON + 1, 5_000), SANDBOX), Claimed)
    ledger.claim(sms("c1"), At(NOON + 1, 5_000), SANDBOX)
    assert spent(ledger.store) == {"2026-10-14": 150_000}


def test_what_the_brake_parks_is_not_counted_until_it_is_let_go(store: Store, sms: Say) -> None:
    ledger = Ledger(store, KEYRING, "worker-1", brake=lambda *_: True, budget=counted)
    assert stands([ledger.claim(sms("c1"), At(NOON, 5_000), SANDBOX)]) == [BRAKED]
    assert spent(store) == {"2026-10-14": 0}
    parking = Parking(ledger)
    assert parking.release(parking.find(Filter()), At(NOON, 5_000)) == 1
    (due,) = ledger.due(NOON)
    assert isinstance(ledger.claim_due(due.leader, At(NOON, 5_000), SANDBOX), Claimed)
    assert spent(store) == {"2026-10-14": 150_000}


def test_a_batch_counts_as_one_by_one_does(ledger: Ledger, sms: Say, say: Say) -> None:
    letter = say(channel="email", recipient="m1", at=NOON, valid_until=NOON + HOUR, intervals=((NOON, NOON + HOUR),))
    batch = [sms("c1"), letter, sms("u1", priority=1), sms("c2"), sms("c3", cost=Decimal(0))]
    assert stands(ledger.claim_all(batch, At(NOON, 5_000), SANDBOX)) == [
        State.INTENT,
        State.INTENT,
        State.INTENT,
        OVER_BUDGET,
        State.INTENT,
    ]


def test_workers_side_by_side_spend_the_budget_and_not_a_segment_more(store: Store, sms: Say) -> None:
    workers = [Ledger(store, KEYRING, f"worker-{number}", budget=counted) for number in range(6)]

    def claim(number: int) -> list[Claim]:
        batch = [sms(f"c{number}-{each}") for each in range(3)]
        if number % 2:
            return workers[number].claim_all(batch, At(NOON, 5_000), SANDBOX)
        return [workers[number].claim(each, At(NOON, 5_000), SANDBOX) for each in batch]

    with ThreadPoolExecutor(6) as pool:
        found = stands([each for claims in pool.map(claim, range(6)) for each in claims])
    assert sorted(found) == sorted([State.INTENT] * 2 + [OVER_BUDGET] * 16)
    assert spent(store) == {"2026-10-14": 300_000}


def test_a_live_run_counts_by_the_bundle_in_force(tmp_path: Path, sandbox: Sandbox, sms: Say) -> None:
    live = Live(LiveSettings(f"sqlite:///{tmp_path}/live.db", sandbox.address))
    BundleShelf(live.store).put(TWO_EACH, NOON)
    live.surroundings.bundles()
    told = [live.opened.delivery.hand_over(sms(f"c{n}"), At(NOON, machine_time()))[0] for n in range(3)]
    assert stands(told) == [State.SENT, State.SENT, OVER_BUDGET]
    (due,) = live.opened.delivery.ledger.due(NOON)
    live.opened.delivery.take_up(due.leader, due.channel, due.state, At(NOON, machine_time()))
    assert sorted(one.channel for one in sandbox.accepted()) == ["email", "sms", "sms"]
    live.pool.shutdown()
    live.opened.close()
