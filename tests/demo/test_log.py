"""The demo's log: what its script writes, read whole, with the faults that were put into it and no others."""

import json
from pathlib import Path

import pytest

from connectors.sandbox.faults import Trouble
from connectors.shops import load_bundle, versions
from couriers.registry import read
from infra.demo.build import text
from schemas.envelope import Reported, read_structured
from schemas.errors import BadInput
from schemas.events import OrderPlaced
from schemas.parcels import Malformed, Scan
from templates.lint import findings

DEMO = Path(__file__).parents[2] / "infra" / "demo"
LINES = (DEMO / "events.jsonl").read_bytes().splitlines()


def refused(line: bytes) -> str:
    """Why a line (or the courier's payload in it) cannot be used at all; "" if it can."""
    try:
        event = read_structured(line)
        if isinstance(event.data, Reported):
            list(read(event.data.courier, event.data.body, via=event.data.via))
    except BadInput as problem:
        return f"{problem.place} {problem.reason}"
    return ""


def scans() -> list[Scan | Malformed]:
    reported = [read_structured(line).data for line in LINES if b"courier.reported" in line and not refused(line)]
    payloads = [data for data in reported if isinstance(data, Reported)]
    return [scan for data in payloads for scan in read(data.courier, data.body, via=data.via)]


def test_the_log_is_what_the_script_writes() -> None:
    assert (DEMO / "events.jsonl").read_text(encoding="utf-8") == text(), "run `python infra/demo/build.py`"


def test_seven_lines_are_broken_and_no_other() -> None:
    assert len({line for line in LINES if refused(line)}) == 7


def test_two_scans_are_malformed_and_their_siblings_are_read() -> None:
    malformed = {(bad.courier, bad.place) for bad in scans() if isinstance(bad, Malformed)}
    assert malformed == {("inpost", "payload.tracking_number"), ("nova_poshta", "data[0].TrackingUpdateDate")}
    assert any(isinstance(scan, Scan) and scan.number == "20450000779902" for scan in scans())


def test_one_code_is_not_mapped() -> None:
    unmapped = {scan.raw_code for scan in scans() if isinstance(scan, Scan) and "unmapped" in scan.flags}
    assert unmapped == {"scanned_by_drone"}


def test_there_are_sixty_orders_of_two_shops() -> None:
    read_ones = [read_structured(line).data for line in LINES if b"order.placed" in line and not refused(line)]
    placed = [data for data in read_ones if isinstance(data, OrderPlaced)]
    assert len({(order.shop, order.order) for order in placed}) >= 60
    assert {order.shop for order in placed} == {"sowa", "lela"}


def test_all_six_readers_have_something_to_read() -> None:
    assert {scan.source for scan in scans() if isinstance(scan, Scan)} == {
        "inpost",
        "nova_poshta",
        "dhl",
        "dpd_pl",
        "aftership",
        "awizo",
    }


def test_some_lines_come_twice_and_some_out_of_order() -> None:
    recorded = [json.loads(line).get("recordedtime", "") for line in LINES if not refused(line)]
    assert len(set(LINES)) < len(LINES)
    assert recorded != sorted(recorded)


@pytest.mark.parametrize("folder", versions(DEMO / "shops"), ids=lambda folder: "-".join(folder.parts[-2:]))
def test_a_bundle_passes_its_check_and_says_that_its_prices_are_invented(folder: Path) -> None:
    bundle = load_bundle(folder)
    assert findings(bundle) == []
    assert bundle.prices is not None
    assert bundle.prices.invented


def test_the_sandbox_knows_every_fault() -> None:
    faults = json.loads((DEMO / "faults.json").read_bytes())
    assert all(Trouble(fault["what"]) and fault["since"] < fault["until"] for fault in faults)


def test_addresses_are_of_fictional_ranges_only() -> None:
    whole = text()
    assert "@" not in whole.replace("@poczta.example.com", "")
    for number in ("+48500000", "+380670000", "+120255501"):
        whole = whole.replace(number, "")
    assert '"phone":"+' not in whole
