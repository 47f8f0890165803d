"""Each check fails when its rule is broken, and it alone: one order of the demo, with one thing made wrong."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from checking.checker import CHECKS, violations
from checking.run import Outputs, Row
from checking.world import Bundles

Order = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """A run of one order, its log and the shops' bundles: copies, to be made wrong."""

    log: list[bytes]
    bundles: Bundles
    run: Outputs

    def row(self, rows: str, **fields: str) -> Row:
        """The first row with these fields."""
        return next(row for row in getattr(self.run, rows) if fields.items() <= row.items())

    def move(self, to: str, **fields: str) -> None:
        """Lets a message leave at another moment."""
        self.row("outcomes", **fields)["at"] = to

    def said(self, type_: str, at: str, data: dict[str, Any]) -> "Case":
        """With one more event in the log."""
        event = {"specversion": "1.0", "id": "doctor", "source": "/shops/" + data["shop"], "type": type_, "time": at}
        return replace(self, log=[*self.log, json.dumps(event | {"data": data}).encode()])

    def placed(self, order: str, change: Callable[[Row], None]) -> "Case":
        """With another event of the order being placed."""
        return replace(self, log=[_changed(line, order, change) for line in self.log])

    def shop(self, shop: str, **changes: object) -> "Case":
        """With other bundles of the shop."""
        versions = {version: bundle.model_copy(update=changes) for version, bundle in self.bundles[shop].items()}
        return replace(self, bundles={**self.bundles, shop: versions})


def _changed(line: bytes, order: str, change: Callable[[Row], None]) -> bytes:
    if b"order.placed" not in line or f'"order":"{order}"'.encode() not in line:
        return line
    event = json.loads(line)
    change(event["data"])
    return json.dumps(event).encode()


@pytest.fixture
def case_of(demo_log: list[bytes], bundles: Bundles, demo_run: Outputs) -> Callable[[str, str], Case]:
    def case_of(shop: str, order: str) -> Case:
        def of_order(rows: list[Row]) -> list[Row]:
            return [copy.deepcopy(row) for row in rows if (row["shop"], row["order"]) == (shop, order)]

        parcels = [copy.deepcopy(row) for row in demo_run.parcels if f"{shop}/{order}" in row["subscribers"]]
        run = Outputs(
            of_order(demo_run.messages),
            of_order(demo_run.decisions),
            of_order(demo_run.outcomes),
            parcels,
            of_order(demo_run.orders),
        )
        return Case(demo_log, bundles, run)

    return case_of


Doctor = Callable[[Case], "Case | None"]
DOCTORS: list[tuple[str, Order, Doctor]] = []


def breaks(rule: str, shop: str, order: str) -> Callable[[Doctor], Doctor]:
    """Says which rule a doctor breaks, and in which order of the demo."""

    def note(doctor: Doctor) -> Doctor:
        DOCTORS.append((rule, (shop, order), doctor))
        return doctor

    return note


@breaks("at_night", "lela", "7701")
def an_sms_before_dawn(case: Case) -> None:
    case.move("2026-10-13T02:00:00.000Z", kind="ready_for_pickup", channel="sms")


@breaks("at_night", "sowa", "10446")
def an_email_of_a_kind_that_waits_for_the_day(case: Case) -> None:
    case.move("2026-10-13T20:00:00.000Z", kind="delivered", channel="email")


@breaks("at_night", "sowa", "10404")
def an_sms_outside_the_hours_that_the_recipient_chose(case: Case) -> Case:
    chosen = {"shop": "sowa", "who": {"customer": "s404"}, "window": {"opens": "15:00", "closes": "19:00"}}
    return case.said("awizo.customer.changed.v1", "2026-10-14T08:00:00Z", chosen)


@breaks("too_late", "sowa", "10446")
def a_message_after_its_end(case: Case) -> None:
    case.row("messages", kind="delivered")["valid_until"] = "2026-10-13T15:00:10.000Z"


@breaks("too_early", "sowa", "10446")
def a_receipt_at_once(case: Case) -> None:
    case.move("2026-10-12T05:31:30.000Z", kind="order_received")


@breaks("too_old", "sowa", "10404")
def a_reminder_while_the_feed_is_silent(case: Case) -> Case:
    return replace(case, log=[line for line in case.log if b"heartbeat" not in line or b"inpost" not in line])


@breaks("reminded_too_often", "sowa", "10404")
def a_second_reminder_in_the_same_afternoon(case: Case) -> None:
    second = case.run.decisions[[row["verdicts"] for row in case.run.decisions].index({"sms": "cap"})]
    second["verdicts"] = {"sms": "handed_over"}
    slot = {name: second[name] for name in ("subject", "kind", "occurrence")}
    for rows in (case.run.messages, case.run.outcomes):
        first = next(row for row in rows if row["kind"] == "pickup_reminder")
        rows.append(first | {"at": "2026-10-14T17:59:00.000Z", "slots": [slot]})


@breaks("over_the_cap", "sowa", "10446")
def more_messages_than_the_shop_allows(case: Case) -> Case:
    caps = case.bundles["sowa"]["1"].caps.model_copy(update={"messages_per_day": 1})
    return case.shop("sowa", caps=caps)


@breaks("unwanted", "sowa", "10446")
def a_message_after_a_stop(case: Case) -> Case:
    stop = {"shop": "sowa", "who": {"customer": "s446"}}
    return case.said("awizo.customer.opted_out.v1", "2026-10-13T14:00:00Z", stop)


@breaks("unwanted", "sowa", "10446")
def a_message_of_an_order_that_is_paused(case: Case) -> Case:
    pause = {"shop": "sowa", "who": {"customer": "s446"}, "pause_order": "10446"}
    return case.said("awizo.customer.changed.v1", "2026-10-13T14:00:00Z", pause)


@breaks("unwanted", "sowa", "10446")
def a_kind_that_was_switched_off(case: Case) -> Case:
    off = {"shop": "sowa", "who": {"customer": "s446"}, "kinds": {"delivered": []}}
    return case.said("awizo.customer.changed.v1", "2026-10-13T14:00:00Z", off)


@breaks("erased", "sowa", "10446")
def a_message_to_the_forgotten(case: Case) -> Case:
    forget = {"shop": "sowa", "who": {"customer": "s446"}}
    return case.said("awizo.customer.erased.v1", "2026-10-13T14:00:00Z", forget)


@breaks("not_of_the_order", "sowa", "10446")
def a_message_to_one_who_left_the_order(case: Case) -> Case:
    guest = {"shop": "sowa", "order": "10446", "recipients": [{"email": "guest@poczta.example.com"}]}
    case.run.orders[0]["recipients"] = []
    return case.said("awizo.order.changed.v1", "2026-10-13T14:00:00Z", guest)


@breaks("not_of_the_order", "sowa", "10446")
def a_message_of_a_test_order(case: Case) -> Case:
    return case.placed("10446", lambda data: data.update(test=True))


@breaks("not_for_them", "sowa", "10446")
def a_price_to_a_consignee(case: Case) -> Case:
    return case.placed("10446", lambda data: data["recipients"][0].update(role="consignee"))


@breaks("wrong_address", "sowa", "10446")
def a_message_to_an_address_of_nobody(case: Case) -> None:
    case.row("messages", kind="delivered")["to"] = "nobody@poczta.example.com"


@breaks("wrong_language", "lela", "7701")
def a_message_in_another_language(case: Case) -> None:
    case.row("messages", kind="delivered")["locale"] = "pl"


@breaks("no_basis", "lela", "7701")
def a_question_that_nobody_agreed_to(case: Case) -> Case:
    case = case.placed("7701", lambda data: data["recipients"][0].pop("consents"))
    return case.shop("lela", holds_feedback_basis=False)


@breaks("contradicted", "sowa", "10446")
def shipped_when_it_waits_in_the_locker(case: Case) -> None:
    case.move("2026-10-13T10:00:00.000Z", kind="shipped")


@breaks("contradicted", "lela", "7701")
def ready_when_it_was_collected(case: Case) -> None:
    case.move("2026-10-13T16:00:00.000Z", kind="ready_for_pickup", channel="sms")


@breaks("contradicted", "lela", "7701")
def how_was_it_before_it_came(case: Case) -> None:
    case.move("2026-10-13T10:00:00.000Z", kind="feedback")


@breaks("contradicted", "sowa", "10446")
def a_receipt_of_a_cancelled_order(case: Case) -> Case:
    cancelled = {"shop": "sowa", "order": "10446"}
    case = case.said("awizo.order.cancelled.v1", "2026-10-12T05:31:30Z", cancelled)
    decision = case.row("decisions", kind="order_received")
    case.run.decisions.append(decision | {"kind": "order_cancelled", "verdicts": {"email": "no_address"}})
    return case


@breaks("decided_twice", "sowa", "10446")
def a_slot_in_two_decisions(case: Case) -> None:
    case.run.decisions.append(case.row("decisions", kind="order_confirmed") | {"at": "2026-10-12T08:00:00.000Z"})


@breaks("strange_verdict", "sowa", "10446")
def a_reason_of_no_list(case: Case) -> None:
    case.row("decisions", kind="order_confirmed")["verdicts"] = {"email": "did_not_feel_like_it"}


@breaks("without_decision", "sowa", "10446")
def a_message_that_was_decided_not_to_be(case: Case) -> None:
    case.row("decisions", kind="delivered")["verdicts"] = {"email": "superseded"}


@breaks("without_message", "sowa", "10446")
def a_decision_that_was_never_composed(case: Case) -> None:
    case.row("decisions", kind="order_confirmed")["verdicts"] = {"email": "handed_over"}


@breaks("without_outcome", "sowa", "10446")
def a_message_of_which_nothing_became(case: Case) -> None:
    case.run.outcomes.remove(case.row("outcomes", kind="delivered"))


@breaks("told_twice", "sowa", "10446")
def a_slot_that_went_in_two_generations(case: Case) -> None:
    for rows in (case.run.messages, case.run.outcomes):
        again = next(row for row in rows if row["kind"] == "delivered")
        rows.append(again | {"generation": 1, "at": "2026-10-13T15:10:00.000Z"})


@breaks("forgotten", "sowa", "10446")
def a_word_of_the_shop_without_a_decision(case: Case) -> None:
    case.run.decisions.remove(case.row("decisions", kind="order_confirmed"))


@breaks("forgotten", "sowa", "10404")
def a_status_without_a_decision(case: Case) -> None:
    for rows in case.run[:3]:
        rows[:] = [row for row in rows if row["kind"] != "pickup_expired"]


@pytest.mark.parametrize("order", sorted({order for _, order, _ in DOCTORS}), ids="/".join)
def test_an_order_that_was_left_alone_breaks_no_rule(order: Order, case_of: Callable[[str, str], Case]) -> None:
    case = case_of(*order)
    assert violations(case.log, case.bundles, case.run) == []


@pytest.mark.parametrize(("rule", "order", "doctor"), DOCTORS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_was_made_wrong_is_found(
    rule: str, order: Order, doctor: Doctor, case_of: Callable[[str, str], Case]
) -> None:
    case = case_of(*order)
    case = doctor(case) or case
    assert {found.rule for found in violations(case.log, case.bundles, case.run)} == {rule}


def test_every_check_has_its_proof() -> None:
    rules = {check.__name__ for check in CHECKS}
    assert rules == {rule for rule, _, _ in DOCTORS}
