"""Couriers' payloads in their true shapes, as the demo's parcels need them. Moments are aware datetimes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")
KYIV = ZoneInfo("Europe/Kyiv")


class Place(NamedTuple):
    """A point where parcels wait, as couriers name and describe it."""

    id: str
    street: str
    town: str
    postcode: str = "00-001"
    kind: str = "locker"


class Seen(NamedTuple):
    """A scan: when, the courier's code, and its words."""

    at: datetime
    code: str
    words: str = ""
    town: str = ""


def inpost_webhook(number: str, seen: Seen, back: str = "") -> dict[str, Any]:
    """ShipX `shipment_status_changed`; its clock is no ISO 8601."""
    payload = {"shipment_id": int(number[-9:]), "status": seen.code, "tracking_number": number}
    return {
        "event_ts": seen.at.astimezone(WARSAW).strftime("%Y-%m-%d %H:%M:%S %z"),
        "event": "shipment_status_changed",
        "organization_id": 4711,
        "payload": payload | ({"return_tracking_number": back} if back else {}),
    }


def inpost_tracking(number: str, service: str, history: Sequence[Seen], point: Place | None) -> dict[str, Any]:
    """The answer of GET /v1/tracking/{number}: newest detail first."""
    return {
        "tracking_number": number,
        "service": service,
        "type": "inpost_locker_standard" if point else "inpost_courier_standard",
        "status": history[-1].code,
        "custom_attributes": _inpost_point(point),
        "tracking_details": [_inpost_detail(seen) for seen in reversed(history)],
        "expected_flow": [],
        "created_at": _milliseconds(history[0].at.astimezone(WARSAW)),
        "updated_at": _milliseconds(history[-1].at.astimezone(WARSAW)),
    }


def _inpost_point(point: Place | None) -> dict[str, Any]:
    if point is None:
        return {"size": "A", "target_machine_id": None, "target_machine_detail": None}
    address = {"line1": point.street, "line2": f"{point.postcode} {point.town}"}
    detail = {
        "name": point.id,
        "opening_hours": "24/7",
        "location_description": "przy sklepie",
        "location": {"latitude": 52.2, "longitude": 21.0},
        "address": address,
        "type": ["parcel_locker"],
        "location247": True,
    }
    return {"size": "A", "target_machine_id": point.id, "target_machine_detail": detail}


def _inpost_detail(seen: Seen) -> dict[str, Any]:
    return {
        "status": seen.code,
        "origin_status": None,
        "agency": None,
        "location": None,
        "datetime": _milliseconds(seen.at.astimezone(WARSAW)),
    }


def _milliseconds(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def nova_poshta_classic(
    number: str, seen: Seen, point: Place | None, planned: datetime | None, cod: str = ""
) -> dict[str, Any]:
    """The answer of TrackingDocument.getStatusDocuments: the present status alone, in several formats of naive time."""
    at = seen.at.astimezone(KYIV)
    received = seen.code in {"9", "10", "11", "106"}
    document = {
        "Number": number,
        "StatusCode": seen.code,
        "Status": seen.words,
        "TrackingUpdateDate": at.strftime("%Y-%m-%d %H:%M:%S"),
        "DateScan": at.strftime("%H:%M %d.%m.%Y"),
        "ScheduledDeliveryDate": planned.astimezone(KYIV).strftime("%d-%m-%Y %H:%M:%S") if planned else "",
        "ActualDeliveryDate": at.strftime("%Y-%m-%d %H:%M:%S") if seen.code in {"7", "8", "9", "10", "11"} else "",
        "RecipientDateTime": at.strftime("%d.%m.%Y %H:%M:%S") if received else "",
        "CityRecipient": point.town if point else seen.town,
        "UndeliveryReasonsSubtypeDescription": "",
        "LastCreatedOnTheBasisNumber": "",
        "AfterpaymentOnGoodsCost": cod,
        "RedeliverySum": "",
    }
    return {"success": True, "data": [document | _nova_poshta_point(point)], "errors": [], "warnings": [], "info": []}


def _nova_poshta_point(point: Place | None) -> dict[str, str]:
    if point is None:
        return {"ServiceType": "WarehouseDoors", "WarehouseRecipient": "", "WarehouseRecipientNumber": ""}
    locker = point.kind == "locker"
    return {
        "ServiceType": "WarehousePostomat" if locker else "WarehouseWarehouse",
        "CategoryOfWarehouse": "Postomat" if locker else "Branch",
        "WarehouseRecipient": f"{'Поштомат' if locker else 'Відділення'} №{point.id}: {point.street}",
        "WarehouseRecipientNumber": point.id,
        "WarehouseRecipientAddress": f"{point.town}, {point.street}",
    }


def nova_post_rest(number: str, history: Sequence[Seen], planned: datetime | None) -> dict[str, Any]:
    """The answer of shipments/tracking/{number}: hops oldest first, in UTC."""
    return {
        "number": number,
        "scheduled_delivery_date": _micro(planned) if planned else None,
        "tracking": [_hop(number, seen) for seen in history],
        "parcels": [],
    }


def _hop(number: str, seen: Seen) -> dict[str, Any]:
    return {
        "number": number,
        "date": _micro(seen.at),
        "event": "status",
        "event_status": "done",
        "country_code": "UA",
        "code": seen.code,
        "event_name": seen.words,
        "settlement_name": seen.town,
        "division_name": "",
    }


def _micro(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def dhl_unified(number: str, history: Sequence[Seen], planned: datetime | None) -> dict[str, Any]:
    """The answer of GET /track/shipments: newest event first, times with an offset."""
    events = [_dhl_event(seen) for seen in reversed(history)]
    shipment = {
        "id": number,
        "service": "parcel-pl",
        "origin": {"address": {"countryCode": "PL"}},
        "destination": {"address": {"countryCode": "PL"}},
        "status": events[0],
        "details": {"proofOfDeliverySignedAvailable": False, "totalNumberOfPieces": 1},
        "events": events,
    }
    return {"shipments": [shipment | ({"estimatedTimeOfDelivery": planned.isoformat()} if planned else {})]}


def _dhl_event(seen: Seen) -> dict[str, Any]:
    """A code is "statusCode/status"; the status is a number or words."""
    code, _, status = seen.code.partition("/")
    return {
        "timestamp": seen.at.isoformat(),
        "location": {"address": {"addressLocality": seen.town or "Warszawa"}},
        "statusCode": code,
        "status": status,
        "description": seen.words,
    }


_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_DPD = "http://events.dpdinfoservices.dpd.com.pl/"


def dpd_polska(waybill: str, history: Sequence[Seen]) -> str:
    """The answer of getEventsForWaybillV1: SOAP, naive Warsaw time."""
    events = "".join(_dpd_event(waybill, seen) for seen in history)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="{_SOAP}"><S:Body>'
        f'<ns2:getEventsForWaybillV1Response xmlns:ns2="{_DPD}"><return><confirmId>0</confirmId>{events}</return>'
        "</ns2:getEventsForWaybillV1Response></S:Body></S:Envelope>"
    )


def _dpd_event(waybill: str, seen: Seen) -> str:
    name = int(seen.at.timestamp()) // 60
    at = seen.at.astimezone(WARSAW).strftime("%Y-%m-%dT%H:%M:%S")
    return (
        f"<eventsList><businessCode>{seen.code}</businessCode><country>PL</country><depot>1301</depot>"
        f"<depotName>Warszawa</depotName><description>{seen.words}</description><eventTime>{at}</eventTime>"
        f"<id>{waybill[6:-1]}{name}</id><objectId>{waybill}-{name}</objectId><packageReference/><parcelReference/>"
        f"<waybill>{waybill}</waybill></eventsList>"
    )


def aftership_webhook(slug: str, number: str, history: Sequence[Seen], planned: str = "") -> dict[str, Any]:
    """`tracking_update`: checkpoints oldest first, on the naive clock of their place. A code is "tag/subtag"."""
    name = f"{number}/{history[-1].code}/{history[-1].at.isoformat()}"
    tag, _, subtag = history[-1].code.partition("/")
    message = {
        "id": uuid5(NAMESPACE_URL, number).hex,
        "tracking_number": number,
        "slug": slug,
        "active": tag != "Delivered",
        "tag": tag,
        "subtag": subtag,
        "subtag_message": history[-1].words,
        "expected_delivery": planned or None,
        "checkpoints": [_checkpoint(slug, seen) for seen in history],
    }
    return {
        "event": "tracking_update",
        "event_id": str(uuid5(NAMESPACE_URL, name)),
        "is_tracking_first_tag": True,
        "msg": message,
        "ts": int((history[-1].at + timedelta(seconds=40)).timestamp()),
    }


def _checkpoint(slug: str, seen: Seen) -> dict[str, Any]:
    tag, _, subtag = seen.code.partition("/")
    return {
        "slug": slug,
        "city": seen.town or None,
        "country_iso3": "POL",
        "message": seen.words,
        "tag": tag,
        "subtag": subtag,
        "checkpoint_time": seen.at.astimezone(WARSAW).strftime("%Y-%m-%dT%H:%M:%S"),
    }
