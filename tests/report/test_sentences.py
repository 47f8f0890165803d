"""Decisions, scans and outcomes as sentences."""

import pytest

from pipelines.report.clock import Clock, clock_of
from pipelines.report.rows import DecisionRow, OutcomeRow, ScanRow
from pipelines.report.sentences import decision_sentences, outcome_sentence, scan_sentence
from schemas.messages import Reason

WARSAW = Clock("Europe/Warsaw")
NIGHT = "2026-10-23T20:10:00.000Z"  # 22:10 in Warsaw
MORNING = "2026-10-24T06:00:00.000Z"  # 08:00


def decision(verdicts: dict[str, str], **more: object) -> DecisionRow:
    fields = {"kind": "out_for_delivery", "occurred_at": NIGHT, "at": NIGHT} | more
    return DecisionRow(
        shop="sowa", recipient="c-1", order="1", subject="inpost/1", occurrence="a", verdicts=verdicts, **fields
    )  # type: ignore[arg-type]


def test_a_message_that_was_overtaken_in_the_night_says_by_what() -> None:
    row = decision({"sms": "superseded"}, by="delivered", why=("quiet_hours",), held_until=MORNING)
    assert decision_sentences(row, WARSAW) == [
        "Not sent by SMS: out for delivery at 22:10 was superseded by delivered; "
        "held for quiet hours until Sat 24 Oct, 08:00"
    ]


def test_channels_with_one_verdict_share_a_sentence() -> None:
    row = decision({"sms": "handed_over", "email": "handed_over"}, kind="ready_for_pickup", at=MORNING)
    assert decision_sentences(row, WARSAW) == ["To be sent by SMS and e-mail: ready for pickup of Fri 23 Oct, 22:10"]


def test_channels_with_different_verdicts_have_a_sentence_each() -> None:
    row = decision({"sms": "opted_out", "email": "handed_over"})
    assert decision_sentences(row, WARSAW) == [
        "Not sent by SMS: out for delivery at 22:10 was stopped: the recipient has opted out",
        "To be sent by e-mail: out for delivery at 22:10",
    ]


def test_what_is_held_at_the_end_says_until_when() -> None:
    row = decision({"": "held"}, kind="feedback", held_until=MORNING)
    assert decision_sentences(row, WARSAW) == [
        "Still held then: feedback question at 22:10; to be looked at again at Sat 24 Oct, 08:00"
    ]


def test_a_merged_message_names_the_other_parcels() -> None:
    (sentence,) = decision_sentences(decision({"sms": "merged"}, kind="shipped", by="shipped"), WARSAW)
    assert sentence == "Not sent by SMS: shipped at 22:10 was merged into that of another parcel"


def test_a_reminder_soon_after_another_is_not_called_a_matter_of_the_day() -> None:
    (sentence,) = decision_sentences(decision({"sms": "cap"}, kind="pickup_reminder", by="pickup_reminder"), WARSAW)
    assert sentence == "Not sent by SMS: pickup reminder at 22:10 would come too soon after the one before"


def test_what_was_said_for_another_order_names_it() -> None:
    (sentence,) = decision_sentences(decision({"sms": "duplicate"}, by="order/10483"), WARSAW)
    assert sentence.endswith("had been said already, for order 10483 with the same parcel")


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("by", ["", "delivered", "held", "told_before", "never_heard_of"])
def test_every_reason_makes_a_whole_sentence(reason: str, by: str) -> None:
    (sentence,) = decision_sentences(decision({"sms": reason}, by=by), WARSAW)
    assert sentence.startswith("Not sent by SMS: out for delivery at 22:10 ")
    assert "{" not in sentence
    assert "_" not in sentence


def test_a_word_of_why_that_is_new_is_said_as_it_is() -> None:
    (sentence,) = decision_sentences(decision({"sms": "cap"}, why=("priority_low",)), WARSAW)
    assert sentence.endswith("; priority low")


def test_a_scan_says_its_status_reason_and_notice() -> None:
    scan = ScanRow(NIGHT, "delivery_attempted", reason="consignee_not_home", notice="information")
    assert scan_sentence(scan) == "Delivery failed, another try: consignee not home, information only"


def test_a_scan_that_takes_another_back_need_not_be_understood() -> None:
    assert scan_sentence(ScanRow(NIGHT, "unknown", flags=("retraction",))) == "An earlier scan is taken back"
    assert scan_sentence(ScanRow(NIGHT, "unknown", notice="proof")) == "Information: a proof of delivery came"
    assert scan_sentence(ScanRow(NIGHT, "unknown", flags=("unmapped",))) == "Not understood"


def test_an_outcome_says_why() -> None:
    row = OutcomeRow("", "sowa", "c-1", "1", "shipped", "sms", 1, (), "failed", "expired")
    assert outcome_sentence(row) == "not sent: its validity ended first"


def test_an_outcome_says_how_often_it_was_tried() -> None:
    row = OutcomeRow("", "sowa", "c-1", "1", "shipped", "sms", 1, (), "failed", "superseded", attempts=6)
    assert outcome_sentence(row) == "not sent after 6 attempts: something newer made it pointless"
    row = OutcomeRow("", "sowa", "c-1", "1", "shipped", "email", 1, (), "unknown", "ProtocolError", attempts=1)
    assert outcome_sentence(row) == "in doubt, the provider may or may not have it: the error ProtocolError"


def test_clocks_are_those_of_the_first_country_that_has_one() -> None:
    assert clock_of("ES", "UA", "PL").zone == "Europe/Kyiv"
    assert clock_of("").zone == "UTC"


def test_the_hour_that_clocks_show_twice_keeps_its_day() -> None:
    assert WARSAW.full("2026-10-25T00:30:00.000Z") == WARSAW.full("2026-10-25T01:30:00.000Z") == "Sun 25 Oct, 02:30"
