"""What is known of couriers beside their codes: names, tracking pages, whom they text themselves, how long points keep.

Tables with a confidence: `high` (the courier says so), `medium` (one good source), `low` (a guess: kept here as a
reminder to ask, and not used). A shop's bundle can say otherwise for its own services.
"""

from typing import NamedTuple
from urllib.parse import quote


class Name(NamedTuple):
    """What a courier is called. `uk` is for Ukrainian texts; elsewhere, and if it is empty, `latin`."""

    latin: str
    uk: str = ""


NAMES: dict[str, Name] = {
    "inpost": Name("InPost"),
    "nova_poshta": Name("Nova Poshta", "Нова пошта"),
    "dhl": Name("DHL"),
    "dpd_pl": Name("DPD"),
    "dpd": Name("DPD"),
    "gls": Name("GLS"),
    "poczta_polska": Name("Poczta Polska"),
    "orlen_paczka": Name("ORLEN Paczka"),
    "ukrposhta": Name("Ukrposhta", "Укрпошта"),
    "meest": Name("Meest", "Meest Пошта"),
    "ups": Name("UPS"),
    "fedex": Name("FedEx"),
    "packeta": Name("Packeta"),
    "allegro": Name("Allegro One"),
}

PAGES: dict[str, str] = {
    "inpost": "https://inpost.pl/sledzenie-przesylek?number={}",  # high
    "nova_poshta": "https://novaposhta.ua/tracking/{}",  # high
    "dhl": "https://www.dhl.com/pl-en/home/tracking/tracking-parcel.html?submit=1&tracking-id={}",  # high
    "dpd_pl": "https://tracktrace.dpd.com.pl/parcelDetails?typ=1&p1={}",  # medium
    "dpd": "https://www.dpdgroup.com/pl/mydpd/my-parcels/track?lang=en&parcelNumber={}",  # high
    "gls": "https://gls-group.com/PL/pl/sledzenie-paczek/?match={}",  # medium
    "ukrposhta": "https://track.ukrposhta.ua/tracking_UA.html?barcode={}",  # medium
    "poczta_polska": "https://emonitoring.poczta-polska.pl/?numer={}",  # high
    "packeta": "https://tracking.packeta.com/{}",  # high
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",  # high
    "ups": "https://www.ups.com/track?loc=en_US&requester=QUIC&tracknum={}",  # high
}
"""Public tracking pages; {} is the number."""


class Told(NamedTuple):
    """A courier texts its recipients something itself. `service`: how the service's name begins; "" is every one."""

    courier: str
    service: str
    kind: str
    confidence: str
    how: str


TELLS: tuple[Told, ...] = (
    Told("inpost", "", "ready_for_pickup", "high", "text or app, with the code that opens the box"),
    Told("inpost", "", "pickup_reminder", "high", "its status pickup_reminder_sent says that it did"),
    Told("inpost", "inpost_courier", "out_for_delivery", "low", "seen by some recipients, not in its documents"),
    Told("nova_poshta", "", "ready_for_pickup", "medium", "app or text"),
    Told("nova_poshta", "", "pickup_reminder", "low", "app only, where it is installed"),
    Told("poczta_polska", "", "out_for_delivery", "medium", "text or e-mail in the morning, if the sender gave them"),
    Told("poczta_polska", "", "ready_for_pickup", "medium", "text or e-mail, in the place of the slip"),
)


class Storage(NamedTuple):
    """How long a point keeps a parcel if no scan says it. `service`: how the service's name begins."""

    courier: str
    service: str
    hours: int
    confidence: str
    why: str


STORAGE: tuple[Storage, ...] = (
    Storage("inpost", "inpost_locker", 48, "medium", "the integration page; can be extended in the app"),
    Storage("inpost", "locker", 48, "medium", "a shop's short name for it"),
    Storage("inpost", "paczkomat", 48, "medium", "a shop's short name for it"),
    Storage("poczta_polska", "", 14 * 24, "medium", "post offices; the second slip comes after a week"),
)
"""Only what differs by service is known: for any other service the answer is None, and nothing is promised."""

_TELLS = tuple(row for row in TELLS if row.confidence != "low")
_STORAGE = tuple(row for row in STORAGE if row.confidence != "low")


def courier_name(courier: str, language: str) -> str:
    """What a customer reading pl, uk or en calls the courier; for one that is not in NAMES, its id made readable."""
    name = NAMES.get(courier)
    if name is None:
        return courier.replace("_", " ").title()
    return name.uk if language == "uk" and name.uk else name.latin


def tracking_url(courier: str, number: str) -> str | None:
    """The courier's public page of this parcel; None if it has none that is known."""
    page = PAGES.get(courier)
    return page and page.format(quote(number, safe=""))


def tells(courier: str, service: str, kind: str) -> bool:
    """Whether the courier texts its recipients this kind of message itself."""
    return any(row.courier == courier and row.kind == kind and _begins(service, row.service) for row in _TELLS)


def storage_hours(courier: str, service: str) -> int | None:
    """Hours for which a point of this service keeps a parcel; None if that is not known."""
    return next((row.hours for row in _STORAGE if row.courier == courier and _begins(service, row.service)), None)


def _begins(service: str, start: str) -> bool:
    return service.strip().casefold().startswith(start)
