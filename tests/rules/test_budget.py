"""What a message takes of its shop's day."""

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.shops import load_bundle
from pipelines.rules.budget import charge
from schemas.messages import Message
from schemas.orders import SHOP_ITSELF
from schemas.shops import Bundle
from schemas.times import HOUR

SHOP = load_bundle(Path(__file__).parents[2] / "infra" / "demo" / "shops" / "sowa" / "2")
MIDNIGHT = 1_791_928_800_000  # 14 October 2026 in Warsaw


def bundle(budget: str | None) -> Bundle:
    return Bundle.model_validate({**SHOP.model_dump(), "daily_sms_budget": budget})


def sms(**changes: object) -> Message:
    fields: dict[str, object] = {"shop": "sowa", "bundle": "2", "recipient": "c1", "order": "o1", "kind": "shipped"}
    fields |= {"cls": "service", "priority": 3, "locale": "pl", "slots": (), "generation": 0, "at": 0, "intervals": ()}
    fields |= {
        "valid_until": 0,
        "channel": "sms",
        "to": "",
        "country": "PL",
        "sender": "",
        "cost": Decimal("0.1500001"),
    }
    return Message(**(fields | changes))  # type: ignore[arg-type]


def test_a_day_is_one_of_the_shop_s_zone() -> None:
    days = [found.day for now in (MIDNIGHT - 1, MIDNIGHT) if (found := charge(sms(), bundle("10"), now))]
    assert days == ["2026-10-13", "2026-10-14"]


def test_a_sum_is_never_counted_less_than_it_is_and_the_last_of_it_may_be_spent() -> None:
    found = charge(sms(), bundle("0.30"), MIDNIGHT)
    assert found is not None
    assert (found.cost, found.budget) == (150_001, 300_000)
    assert not found.passes(149_999)
    assert found.passes(150_000)


def test_what_cannot_wait_for_a_letter_and_what_the_shop_is_told_passes() -> None:
    for exempt in (sms(priority=1), sms(recipient=SHOP_ITSELF)):
        found = charge(exempt, bundle("0"), MIDNIGHT + HOUR)
        assert found is not None
        assert not found.passes(1_000_000)


def test_letters_and_shops_without_a_budget_are_not_counted() -> None:
    assert charge(sms(channel="email"), bundle("10"), MIDNIGHT) is None
    assert charge(sms(), bundle(None), MIDNIGHT) is None
    assert charge(sms(), None, MIDNIGHT) is None


def test_a_budget_in_two_currencies_is_no_sum() -> None:
    prices = {"as_of": "2026-10-01", "sms": [
        {"country": "PL", "per_segment": "0.15", "currency": "PLN"},
        {"country": "UA", "per_segment": "1.2", "currency": "UAH"},
    ]}  # fmt: skip
    with pytest.raises(ValueError, match="one currency"):
        Bundle.model_validate({**SHOP.model_dump(), "daily_sms_budget": "10", "prices": prices})
