"""What a run leaves behind."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipelines.report.from_records import dead_letter_row, iso
from pipelines.report.rows import DecisionRow, MessageRow
from pipelines.report.run import ROWS, read_run
from pipelines.sinks import write_outputs
from schemas.errors import BadInput
from schemas.messages import DeadLetter, Slot
from schemas.parcels import HistoryLine, ParcelRecord, ScanRecord
from schemas.wire import Record, pack_record, unpack_record


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_leaves_seven_files_and_counts_their_rows(tmp_path: Path, records: list[Record]) -> None:
    counts = write_outputs(tmp_path, records)
    assert set(files(tmp_path)) == {*(f"{name}.jsonl" for name in ROWS), "summary.json"}
    assert {name: len(lines(tmp_path / f"{name}.jsonl")) for name in ROWS} == {
        name: getattr(counts, name) for name in ROWS
    }
    assert counts.messages == 12
    assert counts.scans == 21


def test_the_order_in_which_records_come_changes_no_byte(tmp_path: Path, records: list[Record]) -> None:
    write_outputs(tmp_path / "one", records)
    random.Random(4).shuffle(records)
    write_outputs(tmp_path / "two", records)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_records_that_crossed_a_shuffle_as_bytes_leave_the_same_files(tmp_path: Path, records: list[Record]) -> None:
    write_outputs(tmp_path / "one", records)
    write_outputs(tmp_path / "two", map(unpack_record, map(pack_record, records)))
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_bytes_of_an_unknown_version_are_refused(records: list[Record]) -> None:
    with pytest.raises(ValueError, match="version"):
        unpack_record(b"\x09" + pack_record(records[0])[1:])


def test_what_was_written_is_read_back_and_written_the_same(tmp_path: Path, run_folder: Path) -> None:
    run = read_run(run_folder)
    for name in ROWS:
        encoded = b"".join(msgspec.json.encode(row) + b"\n" for row in getattr(run, name))
        assert encoded == (run_folder / f"{name}.jsonl").read_bytes()


def test_rows_are_sorted_by_time_then_shop_then_recipient(run_folder: Path) -> None:
    for name in ("messages", "decisions", "outcomes"):
        places = [
            (row["at"], row["shop"], row["recipient"], row["kind"]) for row in lines(run_folder / f"{name}.jsonl")
        ]
        assert places == sorted(places)


def test_a_message_says_nothing_of_its_provider(run_folder: Path) -> None:
    for row in lines(run_folder / "messages.jsonl"):
        assert not {"provider", "provider_id", "key", "attempts"} & set(row)


def test_a_message_keeps_what_goes_out_when_its_address_is_refused(tmp_path: Path, make: dict[str, Any]) -> None:
    slot = Slot("inpost/1", "shipped", "1-0")
    other = make["mail"]("c-1001", "10482", slot, make["at"]("22.10 18:31"), "W drodze", "W drodze.")
    first = make["sms"]("c-1001", "10482", slot, make["at"]("22.10 18:31"), "W drodze.", otherwise=other)
    write_outputs(tmp_path, [first])
    (row,) = read_run(tmp_path).messages
    assert isinstance(row.otherwise, MessageRow)
    assert (row.channel, row.otherwise.channel, row.otherwise.cls) == ("sms", "email", "service")


def test_a_decision_gives_its_verdicts_by_channel(run_folder: Path) -> None:
    (row,) = (
        row for row in lines(run_folder / "decisions.jsonl") if len(row["verdicts"]) == 2 and row["kind"] == "shipped"
    )
    assert row["verdicts"] == {"sms": "opted_out", "email": "no_consent"}
    assert row["at"] == "2026-10-22T16:31:00.000Z"
    assert row["held_until"] is None


def test_only_the_newest_version_of_an_order_stays(tmp_path: Path, records: list[Record]) -> None:
    order = next(record for record in records if type(record).__name__ == "OrderRecord")
    older = msgspec.structs.replace(
        order, sequence=order.sequence - 1, view=msgspec.structs.replace(order.view, lifecycle="draft")
    )
    write_outputs(tmp_path, [order, older])
    assert [row.lifecycle for row in read_run(tmp_path).orders] == ["placed"]


def test_a_line_of_a_parcels_history_carries_the_couriers_own_words(run_folder: Path) -> None:
    parcel = next(row for row in read_run(run_folder).parcels if row.courier == "nova_poshta")
    assert [(scan.status, scan.raw_code) for scan in parcel.history][-1] == ("delivered", "9")
    assert parcel.history[-1].raw_text == "Відправлення отримано"


def test_a_flag_that_a_later_scan_cleared_is_not_told(tmp_path: Path) -> None:
    came = ("inpost", "1", "a", 1_000, 2_000, "delivered", "", "", "9", "", "inpost", "push", "carrier")
    line = HistoryLine("delivered", "", 1_000, "a")
    scan = ScanRecord(*came, flags=("illegal_move", "dst_fold"))
    write_outputs(tmp_path, [scan, ParcelRecord("inpost", "1", 2_000, 1, "delivered", "", 1_000, (line,))])
    (parcel,) = read_run(tmp_path).parcels
    assert parcel.history[0].flags == ("dst_fold",)


def test_an_event_that_was_heard_again_keeps_when_and_how_it_was_heard_first(tmp_path: Path) -> None:
    pushed = ScanRecord("inpost", "1", "a", 1_000, 2_000, "delivered", "", "", "9", "", "inpost", "push", "carrier")
    answered = msgspec.structs.replace(pushed, recorded_at=9_000, via="answer", flags=("reread",))
    lines = (HistoryLine("delivered", "", 1_000, "a"), HistoryLine("delivered", "", 1_000, "a", flags=("reread",)))
    write_outputs(tmp_path, [answered, pushed, ParcelRecord("inpost", "1", 9_000, 1, "delivered", "", 1_000, lines)])
    (parcel,) = read_run(tmp_path).parcels
    assert [(scan.recorded_at, scan.via, scan.flags) for scan in parcel.history] == [
        (iso(2_000), "push", ()),
        (iso(9_000), "answer", ("reread",)),
    ]


def test_scans_of_a_parcel_that_no_shop_asked_about_stand_apart(run_folder: Path) -> None:
    parcel = next(row for row in read_run(run_folder).parcels if row.number == "629999")
    assert (parcel.subscribers, parcel.history) == ((), ())
    assert [scan.flags for scan in parcel.apart] == [("orphan",)]


def test_a_dead_letter_that_is_no_text_is_kept_as_base64() -> None:
    row = dead_letter_row(DeadLetter("normalize", "not text", "line 1", b"\xff\xfe"))
    assert (row.encoding, row.original, row.at) == ("base64", "//4=", None)


def test_moments_have_milliseconds_always() -> None:
    assert [iso(0), iso(1_792_800_000_007)] == ["1970-01-01T00:00:00.000Z", "2026-10-24T00:00:00.007Z"]


def test_the_summary_counts_each_message_by_its_last_outcome(run_folder: Path) -> None:
    summary = json.loads((run_folder / "summary.json").read_text())
    assert summary["outcomes"] == {"delivered": 1, "failed": 1, "sent": 9, "unknown": 1}
    assert summary["not_sent"] == {"bad_address": 1, "merged": 1, "no_consent": 1, "opted_out": 1, "superseded": 2}
    assert [row["order"] for row in summary["held"]] == ["UA-77"]


def test_the_summary_counts_what_was_not_said_in_the_readers_language(tmp_path: Path, make: dict[str, Any]) -> None:
    slot = Slot("inpost/1", "shipped", "1-0")
    mail = make["mail"]("c-1001", "10482", slot, make["at"]("22.10 18:31"), "W drodze", "W drodze.")
    write_outputs(tmp_path, [mail, msgspec.structs.replace(mail, generation=1, wanted="de")])
    assert json.loads((tmp_path / "summary.json").read_text())["other_language"] == {f"de as {mail.locale}": 1}


def test_the_summary_counts_only_what_a_provider_took_as_cost(run_folder: Path) -> None:
    summary = json.loads((run_folder / "summary.json").read_text())
    assert summary["cost_by_currency"] == {"PLN": "0.64", "UAH": "4.40"}
    assert {(row["shop"], row["country"], row["kind"]) for row in summary["cost"]} >= {("kvitka", "UA", "shipped")}
    assert sum(Decimal(row["cost"]) for row in summary["cost"] if row["shop"] == "sowa") == Decimal("0.64")


def test_the_summary_lists_codes_that_nobody_has_mapped(run_folder: Path) -> None:
    (code,) = json.loads((run_folder / "summary.json").read_text())["unknown_codes"]
    assert (code["courier"], code["code"], code["count"]) == ("dhl", "transit/ZX9", 1)
    assert code["text"] == "Awaiting <b>special</b> processing"


def test_an_empty_run_is_a_run(tmp_path: Path) -> None:
    assert sum(write_outputs(tmp_path / "new" / "out", [])) == 0
    assert read_run(tmp_path / "new" / "out").messages == ()


def test_a_folder_without_a_run_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--out folder"):
        read_run(tmp_path)


def test_a_line_that_cannot_be_read_is_named(run_folder: Path) -> None:
    (run_folder / "orders.jsonl").write_text('{"shop": 1}\n')
    with pytest.raises(BadInput, match=r"orders\.jsonl:1"):
        read_run(run_folder)


def test_a_row_of_yesterday_is_read_with_defaults_for_what_it_lacks() -> None:
    row = b'{"at":"x","shop":"s","recipient":"r","order":"o","kind":"k","subject":"p","occurrence":"c","verdicts":{}}'
    assert msgspec.json.decode(row, type=DecisionRow).why == ()
