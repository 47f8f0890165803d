"""What goes wrong on the way in: lines and payloads that end as dead letters, and their siblings that do not."""

from typing import Any

from infra.demo.cast import Shop
from infra.demo.log import Log


def broken(sowa: Shop) -> None:
    """A bad hour on Wednesday, 14 October, from 13:00."""
    log = sowa.log
    log.raw(sowa.at("14.10 13:00"), '{"specversion":"1.0","id":"cut-')
    log.raw(sowa.at("14.10 13:01"), '{"hello":"world"}')
    _without_recipients(sowa)
    log.event("order.confirmed", "/shops/sowa", sowa.at("14.10 13:03"), {"shop": "lela", "order": "7701"})
    log.event("order.exploded", "/shops/sowa", sowa.at("14.10 13:04"), {"shop": "sowa", "order": "10401"})
    _payloads(sowa, log)


def _without_recipients(sowa: Shop) -> None:
    """An order that says of nobody whose it is."""
    sowa.tell("order.placed", "14.10 13:02", {"order": "10490", "locale": "pl"})


def _payloads(sowa: Shop, log: Log) -> None:
    """Couriers' payloads that cannot be read, wholly or in part."""
    log.reported("pigeon", sowa.at("14.10 13:05"), {"coo": 1}, "push")
    log.reported("dpd_pl", sowa.at("14.10 13:06"), "<html><body>Przerwa techniczna</body></html>", "answer")
    log.reported("inpost", sowa.at("14.10 13:07"), _numberless(), "push")
    log.reported("nova_poshta", sowa.at("14.10 13:08"), _one_of_two(), "answer")


def _numberless() -> dict[str, Any]:
    """A webhook from before the parcel had a number."""
    payload = {"shipment_id": 49, "status": "confirmed", "tracking_number": None}
    when = "2026-10-14 13:06:50 +0200"
    return {"event_ts": when, "event": "shipment_confirmed", "organization_id": 4711, "payload": payload}


def _one_of_two() -> dict[str, Any]:
    """Two documents, the first without a time: it fails alone."""
    bad = {"Number": "20450000779901", "StatusCode": "5", "Status": "", "TrackingUpdateDate": ""}
    good = bad | {"Number": "20450000779902", "TrackingUpdateDate": "2026-10-14 13:30:00"}
    return {"success": True, "data": [bad, good], "errors": [], "warnings": [], "info": []}
