"""Readers' marks."""

from pathlib import Path

import pytest

from templates import marks
from templates.render import built_in_names


def test_every_text_of_ours_was_read_as_it_is_now() -> None:
    assert marks.stale() == [], "read these texts, then: python -m templates.marks READER"


def test_marks_are_of_texts_that_exist() -> None:
    assert set(marks.marks()) == set(built_in_names())


def test_a_changed_language_makes_its_siblings_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {name: marks.built_in(name) for name in built_in_names()}
    texts["shipped.sms.uk"] = "{{ shop }}: {{ order }} їде."
    monkeypatch.setattr(marks, "built_in", texts.get)
    assert [line.split(" since")[0] for line in marks.stale()] == [
        "shipped.sms.en: a sibling changed",
        "shipped.sms.pl: a sibling changed",
        "shipped.sms.uk: changed",
    ]


def test_reading_again_renews_the_marks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "marks.yaml"
    file.write_text("shipped.sms.uk: [oksana, h0, h0]\ngone.sms.uk: [oksana, h0, h0]\n", "utf-8")
    monkeypatch.setattr(marks, "_FILE", file)
    assert "shipped.sms.uk: changed since oksana read it" in marks.stale()
    marks.renew("olena", ("shipped.sms.uk",))
    assert marks.marks() == {"shipped.sms.uk": marks.fresh("shipped.sms.uk", "olena")}
    assert not [line for line in marks.stale() if line.startswith("shipped.sms.uk")]
    marks.renew("draft", ())
    assert marks.stale() == []
    assert "shipped.sms.uk" not in marks.unread()
    assert "shipped.sms.pl" in marks.unread()
