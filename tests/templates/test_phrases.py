"""Phrases: each language has what the others have."""

import pytest

from schemas.messages import Kind
from schemas.status import REASONS, Status
from templates.phrases import LANGUAGES, phrases, word

TABLES = ["methods", "delivered", "reasons", "triggers", "details", "kinds", "footer", "answers"]


@pytest.mark.parametrize("table", TABLES)
def test_every_language_has_words_for_the_same_things(table: str) -> None:
    polish, ukrainian, english = (set(phrases(language)[table]) for language in ("pl", "uk", "en"))
    assert polish == ukrainian == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_for_reasons_and_statuses_that_exist(language: str) -> None:
    known = phrases(language)
    assert {*known["reasons"], *known["delivered"]} <= REASONS
    assert set(known["details"]) - {"mark", "replied"} <= set(Status)
    assert set(known["kinds"]) == set(Kind)
    assert {"", "locker", "branch", "shop"} <= set(known["points"])
    assert len(known["days"]) == 7


@pytest.mark.parametrize("language", LANGUAGES)
def test_some_reasons_are_never_told(language: str) -> None:
    for reason in ("consignee_deceased", "security_hold", "duplicate_number_suspected", "wrong_recipient_reported"):
        assert reason in REASONS
        assert word("reasons", reason, language) == ""


def test_only_inpost_has_paczkomats() -> None:
    points = phrases("pl")["points"]
    assert [name for name, pattern in points.items() if "Paczkomat" in pattern] == ["inpost_locker"]
