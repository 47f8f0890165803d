"""Countries and their clocks."""

from zoneinfo import ZoneInfo

import pytest

from schemas.places import ZONES, zone_of


@pytest.mark.parametrize("country", sorted(ZONES))
def test_every_country_shows_a_clock_that_exists(country: str) -> None:
    assert ZoneInfo(ZONES[country]).key == ZONES[country]


@pytest.mark.parametrize("country", ["ES", "PT", "RU", "US", "", "XX"])
def test_a_country_of_several_clocks_or_unknown_has_none(country: str) -> None:
    assert zone_of(country) is None


def test_poland_and_ukraine_keep_their_capitals_clocks() -> None:
    assert (zone_of("PL"), zone_of("UA")) == ("Europe/Warsaw", "Europe/Kyiv")
