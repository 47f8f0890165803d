"""Where the facts about each courier's payloads come from, in a line, for whoever doubts a reading."""

SOURCES: dict[str, str] = {
    "inpost": "ShipX documentation; developers.inpost-group.com",
    "nova_poshta": "API v2.0 (TrackingDocument); Nova Post's shipments/tracking",
    "dhl": "Unified, MyDHL and Parcel DE tracking; XML-PI; DHL24 WebAPI2",
    "dpd_pl": "DPDInfoServices",
    "dpd": "ParcelLifeCycleService 2.0; GEO event codes; tracking.dpd.de",
    "gls": "Track and Trace v1 (OpenAPI); MyGLS API; gls-group.com; GLS-NL",
    "poczta_polska": "tracking by web service (manual); emonitoring",
    "ukrposhta": "StatusTracking API 0.0.1",
    "meest": "openAPI 3.0; Meest Polska's API for partners",
    "orlen_paczka": "observed answers; ORLEN publishes no document of it",
    "packeta": "API 5; Packeta's plug-ins for shops",
    "fedex": "Track API and its tables; Advanced Integrated Visibility",
    "allegro": "REST API, order/carriers/{carrierId}/tracking",
    "seventeentrack": "17TRACK API 2.x",
    "ups": "Tracking API and its appendix of codes; Track Alert API",
    "aftership": "webhook and delivery sub-status documentation",
    "easypost": "Tracker documentation",
    "shippo": "tracking documentation",
    "shipengine": "tracking documentation",
    "shopify": "Admin API (FulfillmentEvent)",
    "awizo": "our own words",
}
"""Every courier of the registry."""

PUSHED = frozenset({"webhook", "push"})
"""Words in the name of a shape that is sent to us; any other, and any answer, is what we ask for."""


def ways(shapes: tuple[str, ...]) -> str:
    """How a courier's payloads come, by the names of its shapes: push, poll, or both."""
    words = [set(name.split()) for name in shapes]
    pushed = any(PUSHED & each for each in words)
    polled = any("answer" in each or not PUSHED & each for each in words)
    return "push and poll" if pushed and polled else "push" if pushed else "poll"
