"""The words of the closed lists: none is missing."""

import pytest

from pipelines.report import words
from pipelines.report.fates import STAGES
from pipelines.rules import ledger
from pipelines.rules.kinds import ALERT_TRIGGERS, ROWS
from schemas.events import PLAIN_STEPS
from schemas.messages import Channel, Kind, Reason
from schemas.status import Notice, Status

TRIGGERS = {
    *(str(trigger) for row in ROWS for trigger in row.triggers),
    *map(str, ALERT_TRIGGERS),
    *PLAIN_STEPS,
    "changed",
    "refused",
    "low_mark",
    "replied",
}


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (words.STATUSES, Status),
        (words.REASONS, Reason),
        (words.KINDS, Kind),
        (words.CHANNELS, Channel),
        (words.NOTICES, Notice),
        (words.STATES, ledger.State),
        (STAGES, ledger.State),
    ],
)
def test_a_table_has_a_line_for_each_word_of_its_list(table: dict[str, object], members: type) -> None:
    assert set(table) == set(members)
    assert all(line != "" for line in table.values())


@pytest.mark.parametrize("trigger", sorted(TRIGGERS))
def test_every_trigger_has_words(trigger: str) -> None:
    assert trigger in words.STATUSES or trigger in words.TRIGGERS


@pytest.mark.parametrize(
    "reason",
    [
        ledger.SUPERSEDED,
        ledger.SUPERSEDED_IN_DOUBT,
        ledger.OPTED_OUT,
        ledger.EXPIRED,
        ledger.TOLD_BEFORE,
        ledger.CATCHING_UP,
        ledger.WAITS_FOR_EARLIER,
        ledger.CLOSED,
        ledger.IN_DOUBT,
    ],
)
def test_every_reason_of_the_ledger_has_words(reason: str) -> None:
    assert reason in words.BECAUSE


def test_words_of_providers_are_told_as_causes() -> None:
    assert words.because("not_sent:ConnectTimeout") == "the provider could not be reached (ConnectTimeout)"
    assert words.because("21211") == "the provider's code 21211"
    assert words.because("something_else") == "something else"


def test_a_merged_message_names_the_parcel_that_it_joined() -> None:
    assert words.taken_by("dpd_pl/1409:abc") == "the one about parcel dpd_pl/1409"
    assert words.taken_by("order/1:e") == "the one about the order"


def test_a_word_that_no_table_holds_is_said_as_it_is() -> None:
    assert words.kind_words("new_kind") == "new kind"
    assert words.status_words("at_the_moon") == "At the moon"
    assert words.taken_by("some_word") == "some word"
