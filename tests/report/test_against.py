"""What a run decided otherwise than a former one."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipelines.report.against import as_text, differences
from pipelines.report.run import read_run
from pipelines.sinks import write_outputs
from schemas.errors import BadInput
from schemas.messages import Decision, Message, Slot
from schemas.wire import Record


@pytest.fixture
def former(tmp_path: Path, records: list[Record]) -> Path:
    write_outputs(tmp_path / "former", records)
    return tmp_path / "former"


def replay(former: Path, records: list[Record]) -> Path:
    now = former.parent / "now"
    write_outputs(now, records)
    return now


def first(records: list[Record], kind: str) -> Decision:
    return next(record for record in records if isinstance(record, Decision) and record.kind == kind)


def test_two_runs_that_decided_the_same_have_no_differences(former: Path, records: list[Record]) -> None:
    now = replay(former, records)
    assert differences(former, now) == []
    assert as_text([], read_run(now)) == "Nothing was decided otherwise.\n"


def test_a_changed_verdict_is_told_with_both_reasons(former: Path, records: list[Record]) -> None:
    decision = first(records, "pickup_reminder")
    records[records.index(decision)] = msgspec.structs.replace(decision, verdicts=(("sms", "handed_over"),))
    now = replay(former, records)
    (found,) = differences(former, now)
    assert (found.what, found.former, found.now) == ("verdict", "superseded", "handed_over")
    assert "pickup reminder, SMS to c-1001: was sent; before, it was not sent (" in as_text([found], read_run(now))


def test_a_changed_text_shows_both(former: Path, records: list[Record]) -> None:
    message = next(record for record in records if isinstance(record, Message) and record.kind == "delivery_attempted")
    records[records.index(message)] = msgspec.structs.replace(message, text="Sklep Sowa: try again.")
    now = replay(former, records)
    (found,) = differences(former, now)
    assert (found.what, found.now) == ("text", "Sklep Sowa: try again.")
    assert "    + Sklep Sowa: try again.\n" in as_text([found], read_run(now))


def test_of_a_long_text_only_the_changed_lines_are_shown(former: Path, records: list[Record]) -> None:
    mail = next(record for record in records if isinstance(record, Message) and record.kind == "order_received")
    long = msgspec.structs.replace(mail, text="Dzień dobry,\n\nprzyjęte.\n--\nSowa")
    records[records.index(mail)] = long
    before = replay(former, records).rename(former.parent / "before")
    records[records.index(long)] = msgspec.structs.replace(long, text="Dzień dobry,\n\nmamy je.\n--\nSowa")
    now = replay(former, records)
    shown = as_text(differences(before, now), read_run(now)).splitlines()
    assert shown[1:3] == ["    - przyjęte.", "    + mamy je."]
    assert len(shown) == 4


def test_the_same_words_in_another_layout_are_told_apart(former: Path, records: list[Record]) -> None:
    mail = next(record for record in records if isinstance(record, Message) and record.html)
    records[records.index(mail)] = msgspec.structs.replace(mail, html="<p>otherwise</p>")
    (found,) = differences(former, replay(former, records))
    assert (found.what, found.former, found.now) == ("layout", "", "")


def test_another_hour_is_told_in_local_time(former: Path, records: list[Record], make: dict[str, Any]) -> None:
    decision = first(records, "delivery_attempted")
    records[records.index(decision)] = msgspec.structs.replace(decision, at=make["at"]("22.10 15:00"))
    now = replay(former, records)
    (found,) = differences(former, now)
    assert (found.what, found.now) == ("time", "2026-10-22T13:00:00.000Z")
    assert "Thu 22 Oct, 15:00  delivery attempted, SMS to c-1002: moved from Thu 22 Oct, 13:41" in as_text(
        [found], read_run(now)
    )


def test_the_hour_of_what_is_not_sent_does_not_matter(former: Path, records: list[Record]) -> None:
    decision = first(records, "pickup_reminder")
    records[records.index(decision)] = msgspec.structs.replace(decision, at=decision.at + 60_000)
    assert differences(former, replay(former, records)) == []


def test_what_is_new_and_what_is_gone_is_told(former: Path, records: list[Record], make: dict[str, Any]) -> None:
    records.remove(first(records, "feedback"))
    slot = Slot("order/10482", "order_packed", "p")
    records.append(make["decision"]("c-1001", "10482", slot, make["at"]("22.10 09:00"), {"email": "kind_off"}))
    now = replay(former, records)
    assert [(row.what, row.place.kind) for row in differences(former, now)] == [
        ("new", "order_packed"),
        ("gone", "feedback"),
    ]
    assert as_text(differences(former, now), read_run(now)).endswith("2 differences: 1 new, 1 gone\n")


def test_a_former_folder_without_a_run_is_named(tmp_path: Path, run_folder: Path) -> None:
    with pytest.raises(BadInput, match="nothing-here"):
        differences(tmp_path / "nothing-here", run_folder)
