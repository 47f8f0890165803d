"""Whose parcels AfterShip speaks of."""

import json
from pathlib import Path

import pytest

from couriers.registry import read
from schemas.parcels import Scan

PAYLOAD = json.loads((Path(__file__).parent / "golden" / "aftership" / "webhook_underway.json").read_bytes())


def couriers_of(slug: str) -> set[str]:
    message = {**PAYLOAD["msg"], "slug": slug}
    found = list(read("aftership", json.dumps({**PAYLOAD, "msg": message}).encode(), via="push"))
    return {event.courier if isinstance(event, Scan) else event.place for event in found}


@pytest.mark.parametrize(
    ("slug", "ours"),
    [
        ("inpost-paczkomaty", "inpost"),
        ("nova-poshta-global", "nova_poshta"),
        ("dhl-germany", "dhl"),
        ("dpd-poland", "dpd_pl"),
        ("UPS", "ups"),
        ("fedex", "fedex"),
        ("gls", "gls"),
        ("poczta-polska", "poczta_polska"),
        ("ukrposhta", "ukrposhta"),
        ("packeta", "packeta"),
    ],
)
def test_a_slug_names_the_courier_that_any_aggregator_means(slug: str, ours: str) -> None:
    assert couriers_of(slug) == {ours}


def test_a_slug_that_no_table_has_is_one_malformed() -> None:
    assert couriers_of("dpd") == {"msg.slug"}
    assert couriers_of("carrier-pigeon") == {"msg.slug"}
