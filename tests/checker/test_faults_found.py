"""What generated weeks once found wrong, each by its smallest log."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from checking.checker import violations
from checking.world import Bundles, Violation
from generated.driver import Provider, deliver, outputs, run_rules
from generated.sheet import iso

from schemas.times import HOUR

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
PARCEL = {"courier": "dhl", "number": "24300000001"}

Log = list[bytes]

STEADY = Provider(takes=lambda message: message.at, refuses=lambda _: False)
SLOW = STEADY._replace(takes=lambda message: message.at + 4 * HOUR)
REFUSING = STEADY._replace(refuses=lambda message: message.channel == "email")


def said(type_: str, hour: float, data: dict[str, Any], known: float | None = None, shop: str = "lela") -> bytes:
    """A shop's event, at so many hours after Monday 00:00 UTC; `known`: when the log had it."""
    times = {"time": _at(hour), "recordedtime": _at(hour if known is None else known)}
    envelope = {"specversion": "1.0", "id": f"{type_}@{hour}", "source": f"/shops/{shop}", "type": f"awizo.{type_}.v1"}
    return json.dumps({**envelope, **times, "data": {"shop": shop, **data}}).encode()


def _at(hour: float) -> str:
    return iso(MONDAY + timedelta(hours=hour))


def scan(status: str, hour: float, known: float | None = None, **more: Any) -> bytes:
    """A courier's scan in our words."""
    data = {**PARCEL, "source": "dhl", "occurred_at": _at(hour), "status": status, **more}
    event = said("courier.reported", hour, {}, known)
    return json.dumps({**json.loads(event), "subject": "awizo", "via": "push", "data": data}).encode()


def placed(hour: float = 8, known: float | None = None, order: str = "1", **more: Any) -> bytes:
    person = {"customer": "c1", "email": "c1@poczta.example.com", "phone": "+380670000001", **more}
    data = {"order": order, "locale": "uk", "country": "UA", "recipients": [person]}
    return said("order.placed", hour, data, known)


def shipped(hour: float = 9) -> bytes:
    return said("shipment.created", hour, {"order": "1", **PARCEL})


def beats(until: int) -> Log:
    """A feed that lives."""
    return [said("courier.heartbeat", hour, {"courier": "dhl"}) for hour in range(0, until, 5)]


def judged(log: Log, bundles: Bundles, provider: Provider = STEADY) -> list[Violation]:
    """What the checker finds."""
    ran = run_rules(log, {shop: dict(versions) for shop, versions in bundles.items()})
    assert ran.dead == []
    return violations(log, bundles, outputs(ran, deliver(ran, provider)))


def test_a_plain_order_breaks_no_rule(bundles: Bundles) -> None:
    log = [placed(), shipped(), scan("accepted", 10), scan("out_for_delivery", 30), scan("delivered", 33), *beats(60)]
    assert judged(log, bundles) == []


def test_an_order_that_comes_late_has_a_decision_for_all_that_happened(bundles: Bundles) -> None:
    log = [placed(known=15), shipped(), scan("accepted", 10), scan("out_for_delivery", 12), scan("delivered", 14)]
    assert judged(log, bundles) == []


def test_a_late_delivered_that_is_corrected_already_has_a_decision(bundles: Bundles) -> None:
    log = [placed(), shipped(), scan("accepted", 10), scan("delivery_attempted", 14), scan("delivered", 12, known=15)]
    assert judged(log, bundles) == []


def test_two_reminders_never_come_within_twelve_hours(bundles: Bundles) -> None:
    ready = scan("ready_for_pickup", 16, facts={"deadline": _at(64)})
    log = [placed(), shipped(), scan("accepted", 10), ready, *beats(100)]
    assert judged(log, bundles, SLOW) == []


def test_nobody_is_asked_about_a_parcel_that_waits_again(bundles: Bundles) -> None:
    log = [placed(), shipped(), scan("accepted", 10), scan("delivered", 33), scan("ready_for_pickup", 36), *beats(150)]
    assert judged(log, bundles) == []


def test_a_refusal_outlives_an_older_consent_that_came_late(bundles: Bundles) -> None:
    yes, no = [{"class": "feedback", "given": True}], [{"class": "feedback", "given": False}]
    orders = [placed(8, consents=no), placed(7, known=9, order="2", consents=yes)]
    log = [*orders, shipped(), scan("accepted", 10), scan("delivered", 33), *beats(150)]
    assert judged(log, bundles) == []


def test_a_kind_goes_only_where_the_customer_wants_it(bundles: Bundles) -> None:
    wish = said("customer.changed", 9, {"who": {"customer": "c1"}, "kinds": {"delivered": ["sms"]}})
    log = [placed(phone=""), wish, shipped(), scan("accepted", 10), scan("delivered", 33), *beats(60)]
    assert judged(log, bundles) == []


def test_an_opt_out_that_a_provider_reports_is_heard_whatever_else_it_says(bundles: Bundles) -> None:
    word = {"recipient": "c1", "order": "1", "kind": "shipped", "channel": "email", "said": "opted_out", "final": False}
    stop = said("receipt.received", 11, word)
    log = [placed(), shipped(), scan("accepted", 10), stop, scan("delivered", 33), *beats(60)]
    assert judged(log, bundles) == []


def test_an_email_that_is_refused_on_a_silent_day_becomes_no_sms_at_night(bundles: Bundles) -> None:
    person = {"customer": "c1", "email": "c1@poczta.example.com", "phone": "+48500000001"}
    data = {"order": "1", "locale": "pl", "country": "PL", "recipients": [person]}
    saturday_evening = 5 * 24 + 20
    assert judged([said("order.placed", saturday_evening, data, shop="sowa")], bundles, REFUSING) == []


def test_an_order_that_was_paused_before_it_was_known_stays_silent(bundles: Bundles) -> None:
    pause = said("customer.changed", 9, {"who": {"customer": "c1"}, "pause_order": "1"})
    log = [placed(known=10), pause, shipped(10), scan("accepted", 11), scan("delivered", 33), *beats(60)]
    assert judged(log, bundles) == []
