"""What is known of plug-ins that put parcels into orders: a preset each, with its source and how sure it is.

`confirmed`: read in the plug-in's own code or documentation. `doubt`: what could not be confirmed; a shop that meets it
otherwise says so in its bundle, and tells us.
"""

from typing import NamedTuple

from schemas.errors import BadInput
from schemas.webhooks import ParcelPaths, Reading, Webhooks


class Preset(NamedTuple):
    """A plug-in: of which platform, where its facts come from, what is open, and how it is read."""

    platform: str
    source: str
    doubt: str
    reading: Reading


def _meta(key: str) -> str:
    return f"meta_data{{{key}}}"


COD_TITLES = (
    "Cash on Delivery (COD)",
    "Cash on delivery",
    "COD",
    "Płatność przy odbiorze",
    "Za pobraniem",
    "Pobranie",
    "Післяплата",
    "Накладений платіж",
    "Оплата при отриманні",
)
"""Ways to pay whose title says that it is on delivery. Shopify's own is the first; a shop may call them as it likes."""

PRESETS: dict[str, Preset] = {
    "shopify": Preset(
        "shopify",
        "Shopify's webhook reference: sample payloads of fulfillments/create and orders/*",
        "which note attribute a gift app sets differs by app: name it in `gift`",
        Reading(locale=("customer_locale",), cod=COD_TITLES),
    ),
    "woocommerce": Preset(
        "woocommerce",
        "WooCommerce REST API v3, orders; core's cash on delivery has the id `cod`; wpml_language is WPML's order meta",
        "Polylang's key of an order's language",
        Reading(locale=(_meta("wpml_language"),), cod=("cod", *COD_TITLES)),
    ),
    "woo_fulfillments": Preset(
        "woocommerce",
        "WooCommerce docs/features/fulfillments (REST API, data model): _tracking_number; _shipping_provider, in its "
        "first versions _shipment_provider; _date_fulfilled",
        "core's order webhooks carry no fulfilments and core has no topic for them: the shop adds them to its orders "
        "as `fulfillments`, by the filter woocommerce_rest_prepare_shop_order_object",
        Reading(
            parcels=(
                ParcelPaths(
                    each="fulfillments",
                    number=_meta("_tracking_number"),
                    courier=(_meta("_shipping_provider"), _meta("_shipment_provider")),
                    shipped_at=_meta("_date_fulfilled"),
                    only_if="is_fulfilled",
                    gone_if="date_deleted",
                ),
            )
        ),
    ),
    "shipment_tracking": Preset(
        "woocommerce",
        "WooCommerce Shipment Tracking and Advanced Shipment Tracking: order meta _wc_shipment_tracking_items, a list "
        "of tracking_provider, custom_tracking_provider, tracking_number, date_shipped (seconds), tracking_id",
        "",
        Reading(
            parcels=(
                ParcelPaths(
                    each=_meta("_wc_shipment_tracking_items"),
                    number="tracking_number",
                    courier=("tracking_provider", "custom_tracking_provider"),
                    shipped_at="date_shipped",
                ),
            )
        ),
    ),
    "furgonetka": Preset(
        "woocommerce",
        "Furgonetka's plug-in: order meta _furgonetkaPoint, _furgonetkaPointName, _furgonetkaService (inpost, poczta, "
        "kiosk, uap, dpd, dhl, fedex, gls, orlen); tracking_info, an object whose keys are the numbers",
        "what stands under a number in tracking_info; whether the service stands in orders without a point: if not, "
        "the carrier is not known and the parcel is refused",
        Reading(
            parcels=(
                ParcelPaths(
                    each=_meta("tracking_info"), number="@key", courier_of_order=(_meta("_furgonetkaService"),)
                ),
            ),
            couriers={
                "inpost": "inpost",
                "poczta": "poczta_polska",
                "kiosk": "orlen_paczka",  # Paczka w Ruchu, ORLEN Paczka's name before
                "uap": "ups",
                "dpd": "dpd_pl",  # Furgonetka sends from Poland
                "dhl": "dhl",
                "fedex": "fedex",
                "gls": "gls",
                "orlen": "orlen_paczka",
            },
        ),
    ),
    "inpost": Preset(
        "woocommerce",
        "InPost PL for WooCommerce (inspirelabs): order meta _easypack_parcel_tracking, one number; _parcel_machine_id",
        "",
        Reading(
            parcels=(
                ParcelPaths(
                    number=_meta("_easypack_parcel_tracking"),
                    always="inpost",
                    point_of_order=(_meta("_parcel_machine_id"),),
                    point_service="inpost_locker_standard",
                ),
            )
        ),
    ),
    "nova_poshta": Preset(
        "woocommerce",
        "Nova Poshta TTN by Morkva: order meta novaposhta_ttn, one number",
        "WC Ukraine Shipping (kirillbdev) keeps its numbers in a table of its own, which no webhook shows: it is not "
        "read; Morkva's older versions kept them in a table too",
        Reading(parcels=(ParcelPaths(number=_meta("novaposhta_ttn"), always="nova_poshta"),)),
    ),
}
"""Every preset; a platform's own, named as the platform, always counts."""


def rules_of(webhooks: Webhooks) -> Reading:
    """What the shop says, then what its presets know, as one. Raises BadInput for a preset that does not exist."""
    names = dict.fromkeys((*webhooks.presets, webhooks.platform))
    readings = [webhooks, *(_preset(name, webhooks.platform).reading for name in names)]
    return Reading(
        parcels=tuple(one for reading in readings for one in reading.parcels),
        locale=tuple(one for reading in readings for one in reading.locale),
        gift=tuple(one for reading in readings for one in reading.gift),
        cod=tuple(one for reading in readings for one in reading.cod),
        couriers={title: courier for reading in reversed(readings) for title, courier in reading.couriers.items()},
        services={title: service for reading in reversed(readings) for title, service in reading.services.items()},
        statuses={status: word for reading in reversed(readings) for status, word in reading.statuses.items()},
    )


def _preset(name: str, platform: str) -> Preset:
    found = PRESETS.get(name)
    if found is None or found.platform != platform:
        known = ", ".join(name for name, preset in PRESETS.items() if preset.platform == platform)
        raise BadInput(f"{name!r} is no preset of {platform}; known are {known}", "presets")
    return found
