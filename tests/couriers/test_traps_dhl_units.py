"""Where the words of DHL's units mislead: DHL24 (Poland), Paket (Germany), Express. A test's name is the trap."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from couriers.meanings import codes
from couriers.registry import read
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan

GOLDEN = Path(__file__).parent / "golden" / "dhl"
PIECE = "00340434161094000002"
Events = Callable[[str, Any], list[Any]]


def dhl(body: str) -> list[Any]:
    return list(read("dhl", body.encode(), via="answer"))


def dhl24(*happened: tuple[str, str], receiver: str = "") -> list[Any]:
    events = "".join(
        f"<item><status>{code}</status><description>x</description><terminal>Łódź</terminal>"
        f"<timestamp>{when}</timestamp></item>"
        for when, code in happened
    )
    answer = f"<shipmentId>30000000001</shipmentId><receivedBy>{receiver}</receivedBy><events>{events}</events>"
    result = f"<getTrackAndTraceInfoResult>{answer}</getTrackAndTraceInfoResult>"
    return dhl(f'<e:Envelope xmlns:e="x"><e:Body>{result}</e:Body></e:Envelope>')


def event(code: str, ice: str = "", ric: str = "", **more: str) -> str:
    fields = {"event-timestamp": "22.10.2026 11:44", "ice": ice, "ric": ric, "standard-event-code": code, **more}
    return f'<data name="piece-event" {" ".join(f"{name}={quoteattr(value)}" for name, value in fields.items())}/>'


def paket(*events: str, piece: str = PIECE) -> list[Any]:
    listed = f'<data name="piece-event-list">{"".join(events)}</data>'
    return dhl(
        f'<data name="piece-shipment-list"><data name="piece-shipment" piece-code="{piece}">{listed}</data></data>'
    )


def mydhl(*happened: dict[str, Any]) -> dict[str, Any]:
    return {"shipments": [{"shipmentTrackingNumber": "1000000000", "events": list(happened)}]}


def checkpoint(code: str, **more: Any) -> dict[str, Any]:
    return {"date": "2026-10-22", "time": "10:00:00", "typeCode": code, "serviceArea": [], **more}


SENT_BACK = (
    ("2026-10-20 10:00:00", "LK"),
    ("2026-10-20 15:00:00", "ZWR"),
    ("2026-10-21 08:00:00", "SORT"),
    ("2026-10-22 12:00:00", "DOR"),
)


@pytest.mark.parametrize("order", [1, -1])
def test_dhl24_delivery_after_a_return_cue_closes_the_return_in_whatever_order_they_are_listed(order: int) -> None:
    found = {scan.raw_code: (scan.status, scan.leg) for scan in dhl24(*SENT_BACK[::order])}
    assert found == {
        "LK": ("out_for_delivery", "outbound"),
        "ZWR": ("returning", "return"),
        "SORT": ("in_transit", "return"),
        "DOR": ("returned", "return"),
    }


@pytest.mark.parametrize("cue", ["OP", "OP_COD", "REZ", "SP_TO", "ZWR_AN", "AWI_CZAS"])
def test_dhl24_refused_and_unclaimed_parcels_are_taken_by_their_sender(cue: str) -> None:
    [_, scan] = dhl24(("2026-10-20 15:00:00", cue), ("2026-10-22 12:00:00", "DOR"))
    assert (scan.status, scan.leg) == ("returned", "return")


def test_dhl24_delivery_before_the_cue_was_a_delivery() -> None:
    [scan, _] = dhl24(("2026-10-19 12:00:00", "DOR"), ("2026-10-20 15:00:00", "ZWR"))
    assert (scan.status, scan.leg) == ("delivered", "outbound")


def test_dhl24_second_delivery_on_the_return_leg_is_a_return() -> None:
    found = dhl24(("2026-10-19 12:00:00", "DOR"), ("2026-10-20 15:00:00", "REZ"), ("2026-10-22 12:00:00", "DOR"))
    assert [scan.status for scan in found] == ["delivered", "returning", "returned"]


def test_dhl24_failed_attempt_is_no_cue() -> None:
    [_, scan] = dhl24(("2026-10-20 15:00:00", "AWI"), ("2026-10-21 12:00:00", "DOR"))
    assert (scan.status, scan.leg) == ("delivered", "outbound")


def test_dhl24_handed_to_a_post_office_is_not_delivered() -> None:
    [scan] = dhl24(("2026-10-20 15:00:00", "DOR_POC"))
    assert (scan.status, "doubt" in scan.flags) == ("ready_for_pickup", True)


def test_dhl24_march_hour_that_does_not_exist_is_flagged() -> None:
    [scan] = dhl24(("2026-03-29 02:30:00", "SORT"))
    assert scan.flags == ("dst_gap",)


def test_dhl24_name_of_who_received_it_is_not_kept() -> None:
    [scan] = dhl24(("2026-10-22 12:00:00", "DOR"), receiver="PRZYKŁADOWA")
    assert "PRZYKŁADOWA" not in repr(scan)


def test_dhl24_fault_is_refused() -> None:
    with pytest.raises(BadPayload, match="SOAP fault"):
        dhl('<e:Envelope xmlns:e="x"><e:Body><e:Fault><faultstring>x</faultstring></e:Fault></e:Body></e:Envelope>')


@pytest.mark.parametrize("line", codes("dhl")["parcel_de_ice_ric"], ids=lambda line: line[0])
def test_dhl_paket_triple_reads_as_its_line(line: Any) -> None:
    triple, meaning = line
    ice, ric, code = triple.split("/")
    for worn in (str.upper, str.lower):
        [scan] = paket(event(worn(code), worn(ice), f" {worn(ric)} "))
        read_as = (scan.status, scan.reason, scan.notice, scan.informational, scan.action, scan.retracts)
        assert read_as == (
            meaning.status,
            meaning.reason,
            meaning.notice,
            meaning.informational,
            meaning.action,
            meaning.retracts,
        )


def test_dhl_paket_delivery_code_alone_is_a_delivery_and_with_an_unknown_cause_is_not() -> None:
    [plain] = paket(event("ZU"))
    [strange] = paket(event("ZU", "NEVER", "SEEN"))
    assert plain.status == "delivered"
    assert (strange.status, strange.flags, strange.raw_code) == ("unknown", ("unmapped",), "NEVER/SEEN/ZU")


def test_dhl_paket_zu_of_a_point_is_ready_for_pickup() -> None:
    [scan] = paket(event("ZU", "DLVRD", "SERPT"))
    assert scan.status == "ready_for_pickup"


def test_dhl_paket_storn_takes_back_the_event_before() -> None:
    [_, scan] = paket(
        event("ZU", "DLVRD", "NRQRD"), event("DD", "STORN", "NRQRD", **{"event-timestamp": "22.10.2026 11:50"})
    )
    assert (scan.retracts, scan.informational) == ("previous", True)


def test_dhl_paket_ruecksendung_is_the_return_leg() -> None:
    [out, back] = paket(event("ZU", "DLVRD", "NRQRD"), event("ZU", "DLVRD", "NRQRD", ruecksendung="true"))
    assert (out.leg, back.leg) == ("outbound", "return")


def test_dhl_paket_identifier_has_lost_the_zeros_of_the_piece_code() -> None:
    listed = f'<data name="piece-event-list" piece-identifier="{PIECE[2:]}">{event("EE")}</data>'
    [scan] = dhl(listed)
    assert scan.number == PIECE


def test_dhl_paket_hour_of_october_that_comes_twice_is_flagged() -> None:
    [scan] = paket(event("EE", **{"event-timestamp": "25.10.2026 02:30"}))
    assert (scan.zone, scan.flags) == ("assumed_local", ("dst_fold",))


def test_dhl_paket_list_may_stand_beside_its_shipment_and_without_hyphens() -> None:
    flat = event("EE").replace("piece-event", "pieceevent")
    body = f'<data><data name="pieceshipment" piece-code="{PIECE}"/><data name="pieceeventlist">{flat}</data></data>'
    [scan] = dhl(body)
    assert (scan.number, scan.status) == (PIECE, "in_transit")


def test_dhl_paket_piece_without_a_number_costs_the_others_nothing() -> None:
    whole = f'<data name="piece-shipment" piece-code="{PIECE}">{event("EE")}</data>'
    lost = f'<data name="piece-shipment" piece-code="">{event("EE")}</data>'
    found = dhl(f'<data name="piece-shipment-list">{lost}{whole}</data>')
    assert [type(item) for item in found] == [Malformed, Scan]


def test_dhl_express_checkpoints_that_lists_disagree_on_are_doubted_and_end_no_parcel() -> None:
    sure = {"PU", "PO", "PL", "AF", "DF", "AR", "WC", "OK"}
    for code, meaning in codes("dhl")["express_checkpoints"]:
        assert ("doubt" in meaning.flags) == (code not in sure), code
        assert code in sure or meaning.status not in {"delivered", "returned", "destroyed", "cancelled", "lost"}, code


def test_dhl_express_returned_to_consignor_may_still_be_on_its_way(events: Events) -> None:
    [scan] = events("dhl", mydhl(checkpoint("RT")))
    assert (scan.status, "doubt" in scan.flags) == ("returning", True)


def test_dhl_express_hour_is_that_of_the_service_area_and_else_utc(events: Events) -> None:
    area = [{"code": "WAW", "description": "Warsaw-PL"}]
    found = events(
        "dhl", mydhl(checkpoint("PU", serviceArea=area), checkpoint("PU"), checkpoint("PU", GMTOffset="+02:00"))
    )
    assert [scan.zone for scan in found] == ["assumed_local", "assumed_utc", "carrier"]
    assert found[0].occurred_at == found[2].occurred_at == found[1].occurred_at - 7_200_000


def test_dhl_express_and_unified_answers_are_told_apart_though_both_list_shipments(events: Events) -> None:
    unified = {
        "shipments": [
            {
                "id": "1000000000",
                "service": "express",
                "events": [{"timestamp": "2026-10-22T10:00:00Z", "statusCode": "transit"}],
            }
        ]
    }
    assert events("dhl", mydhl(checkpoint("PU")))[0].raw_code == "PU"
    assert events("dhl", unified)[0].raw_code == "transit"


def test_xml_with_entities_is_refused() -> None:
    bomb = '<!DOCTYPE d [<!ENTITY a "b">]><data name="piece-shipment-list">&a;</data>'
    with pytest.raises(BadPayload, match="entities"):
        dhl(bomb)


def test_xml_nested_without_end_is_refused_and_not_a_crash() -> None:
    deep = "<a>" * 50_000 + "</a>" * 50_000
    with pytest.raises(BadPayload, match="deeper than 60 levels"):
        dhl(f'<data name="piece-shipment-list"><data name="piece-event">{deep}</data></data>')
