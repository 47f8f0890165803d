"""A shop's colour, whatever it is, stays readable."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.gateway.pages.colors import DARK, LIGHT, contrast, mixed, palette, readable
from connectors.gateway.pages.hosts import accepted

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLORS)
def test_any_colour_can_be_read_as_ink_and_as_ground(color: str) -> None:
    found = palette(color.upper())
    assert contrast(found["accent"], LIGHT) >= 4.5
    assert contrast(found["accent_dark"], DARK) >= 4.5
    assert contrast(found["brand"], found["ink"]) >= 4.5


def test_a_colour_that_is_readable_stays_as_it_is() -> None:
    assert readable("#5b3a29", LIGHT) == "#5b3a29"
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


@given(st.text(max_size=40))
def test_whatever_a_browser_says_of_its_languages_is_read(header: str) -> None:
    assert all(language == language.lower() for language in accepted(header))


def test_languages_are_taken_by_their_weight() -> None:
    assert accepted("en;q=0.3, uk-UA, pl;q=0.8, de;q=0, x;q=nothing") == ["uk", "pl", "en"]
