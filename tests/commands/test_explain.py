"""`awizo explain`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.commands.explain import command
from pipelines.sinks import write_outputs
from schemas.errors import BadInput
from schemas.messages import Decision, Message, Outcome, Slot
from schemas.orders import OrderRecord, OrderView, Role
from schemas.parcels import HistoryLine, ParcelRecord, ScanRecord
from schemas.times import MINUTE
from schemas.wire import Record

MORNING = 1_792_821_600_000  # 24 October 2026, 08:00 in Warsaw
NIGHT = MORNING - 590 * MINUTE  # 22:10 the day before
NUMBER = "620000000000000000010482"
PHONE, EMAIL = "+48500000001", "jan@example.com"


def slot(kind: str) -> Slot:
    return Slot(f"inpost/{NUMBER}", kind, f"{kind}-1")


def message(channel: str, to: str, **more: str) -> Message:
    ready = (slot("ready_for_pickup"),)
    of = ("sowa", "1", "c-1001", "A-1", "ready_for_pickup", "service", 1, "pl", ready, 1, MORNING, MORNING + MINUTE)
    return Message(*of, ((MORNING, MORNING + MINUTE),), channel, to, "PL", "Sklep Sowa", **more)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scans = [
        ScanRecord("inpost", NUMBER, name, at, at, status, "", "", name, f"call {PHONE}", "inpost", "push", "carrier")
        for name, at, status in (("out", NIGHT, "out_for_delivery"), ("in_box", MORNING - MINUTE, "ready_for_pickup"))
    ]
    history = tuple(HistoryLine(scan.status, "", scan.occurred_at, scan.name) for scan in scans)
    parcel = ("inpost", NUMBER, MORNING, 2, "ready_for_pickup", "", MORNING, history)
    other = OrderRecord("sowa", NIGHT, 1, OrderView("A-2", "10490", 1, NIGHT, country="PL"), (Role("c-1002"),))
    records: list[Record] = [
        OrderRecord("sowa", NIGHT, 1, OrderView("A-1", "10482", 1, NIGHT, country="PL"), (Role("c-1001"),)),
        other,
        ParcelRecord(*parcel, subscribers=("sowa/A-1",)),
        *scans,
        decision("out_for_delivery", {"sms": "superseded"}, by="ready_for_pickup"),
        decision("ready_for_pickup", {"sms": "handed_over", "email": "handed_over"}),
        message("sms", PHONE, text="Sklep Sowa: zamowienie 10482 czeka."),
        message("email", EMAIL, subject="Zamówienie 10482 czeka"),
        Outcome(
            *("sowa", "c-1001", "A-1", "ready_for_pickup", "sms", (slot("ready_for_pickup"),), 1, "sent", MORNING),
            provider="twilio",
        ),
    ]
    write_outputs(tmp_path, records)
    return tmp_path


def decision(kind: str, verdicts: dict[str, str], by: str = "") -> Decision:
    of = slot(kind)
    told = ("sowa", "c-1001", "A-1", of.subject, kind, of.occurrence, "1", MORNING, tuple(verdicts.items()))
    return Decision(*told, occurred_at=NIGHT, recorded_at=NIGHT, held_until=MORNING, by=by, why=("quiet_hours",))


def explain(folder: Path, name: str) -> Result:
    return CliRunner().invoke(command, [name, "--run", str(folder)], catch_exceptions=False)


def test_an_order_is_told_in_the_order_of_time_by_local_clocks(folder: Path) -> None:
    lines = explain(folder, "10482").output.splitlines()
    assert lines[0] == "Order 10482 of sowa"
    assert [line.strip() for line in lines if line.startswith(("Fri", "Sat"))] == ["Fri 23 Oct", "Sat 24 Oct"]
    told = [line[2:7] for line in lines if line[2:4].isdigit()]
    assert told == ["22:10", "07:59", "08:00", "08:00", "08:00", "08:00", "08:00"]


def test_decisions_messages_and_outcomes_are_told_in_words(folder: Path) -> None:
    output = explain(folder, "A-1").output
    assert "Out for delivery [out: call +48 *** *** 001]" in output
    assert "was superseded by ready for pickup; held for quiet hours until 08:00" in output
    assert "Sklep Sowa: zamowienie 10482 czeka." in output
    assert "SMS taken by the provider" in output


@pytest.mark.parametrize("name", ["10482", "c-1001", NUMBER, PHONE, EMAIL])
def test_addresses_are_masked_however_one_asks(folder: Path, name: str) -> None:
    output = explain(folder, name).output
    assert "j***@example.com" in output
    assert "+48 *** *** 001" in output
    assert EMAIL not in output
    assert PHONE not in output


@pytest.mark.parametrize(
    "name", ["10482", "A-1", "sowa/10482", NUMBER, f"inpost/{NUMBER}", "c-1001", "sowa/c-1001", PHONE, EMAIL]
)
def test_one_story_has_many_names(folder: Path, name: str) -> None:
    assert explain(folder, name).output.startswith("Order 10482 of sowa\n")


def test_what_is_not_found_is_answered_with_what_is_near(folder: Path) -> None:
    with pytest.raises(BadInput, match=r"called 10489\. Near it: .*10482"):
        explain(folder, "10489")


def test_an_address_that_is_not_found_is_not_shown(folder: Path) -> None:
    with pytest.raises(BadInput) as error:
        explain(folder, "eve@example.com")
    assert "eve@example.com" not in str(error.value)


def test_a_folder_without_a_run_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="awizo replay"):
        explain(tmp_path, "10482")
