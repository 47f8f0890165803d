"""Addresses as a screen may show them."""

import pytest

from pipelines.report.masking import masked, masked_text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jan@example.com", "j***@example.com"),
        ("+48500000001", "+48 *** *** 001"),
        ("+380670000001", "+380 *** *** 001"),
        ("+12025550123", "+1 *** *** 123"),
        ("500 000 001", "*** *** 001"),
        ("12", "***"),
        ("", "***"),
    ],
)
def test_an_address_shows_enough_to_tell_two_apart(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_addresses_within_a_text_are_masked() -> None:
    text = '{"email":"jan.kowal@example.com","phone": "+48 500 000 001", "a":"500-000-002"} 2026-10-24'
    shown = '{"email":"j***@example.com","phone": "+48 *** *** 001", "a":"*** *** 002"} 2026-10-24'
    assert masked_text(text) == shown


def test_a_text_without_addresses_stays() -> None:
    text = "order 10482 at 08:00, 129.00 PLN, lines 3-7"
    assert masked_text(text) == text
