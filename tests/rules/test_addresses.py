"""Phones and e-mails as people write them, and who a recipient is."""

import pytest

from pipelines.rules.addresses import BAD, NONE, email_of, phone_of, recipient_id

KEY = b"a key for tests only"


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("500 000 123", "PL", "+48500000123"),
        ("+48 500-000-123", "UA", "+48500000123"),
        ("0048500000123", "PL", "+48500000123"),
        ("067 000 12 34", "UA", "+380670001234"),
        ("+380 67 000 12 34", "", "+380670001234"),
    ],
)
def test_a_phone_is_read_national_or_international(text: str, country: str, expected: str) -> None:
    assert phone_of(text, country) == (expected, False)


@pytest.mark.parametrize("text", ["12", "call me", "+48 500", "500 000 123 456 789"])
def test_what_cannot_be_a_phone_is_bad(text: str) -> None:
    assert phone_of(text, "PL") == BAD


def test_a_national_phone_without_a_country_is_bad() -> None:
    assert phone_of("500 000 123", "") == BAD


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_address_is_not_a_bad_one(nothing: str | None) -> None:
    assert phone_of(nothing, "PL") == NONE
    assert email_of(nothing) == NONE


def test_an_email_is_normalised_without_asking_anyone() -> None:
    assert email_of(" Anna@EXAMPLE.com ").value == "Anna@example.com"


@pytest.mark.parametrize("text", ["anna", "anna@", "@example.com", "anna@exa mple.com", "a@b"])
def test_what_cannot_be_an_email_is_bad(text: str) -> None:
    assert email_of(text) == BAD


def test_a_shops_plain_customer_id_is_the_recipients() -> None:
    assert recipient_id(KEY, "C-17.a_b", "+48500000123", "a@example.com", "PL") == "C-17.a_b"


@pytest.mark.parametrize("customer", ["Anna Nowak", "a@example.com", "a/b", "x" * 65, "h-0123456789abcdef"])
def test_any_other_customer_id_is_hidden(customer: str) -> None:
    hidden = recipient_id(KEY, customer, None, None, "PL")
    assert hidden.startswith("h-")
    assert len(hidden) == 18
    assert hidden != customer


def test_a_guest_is_known_by_the_phone_however_it_is_written() -> None:
    first = recipient_id(KEY, None, "500 000 123", "a@example.com", "PL")
    assert first == recipient_id(KEY, None, "+48 500000123", None, "UA")
    assert first != recipient_id(KEY, None, "500 000 124", None, "PL")


def test_a_guest_without_a_phone_is_known_by_the_email_whatever_its_case() -> None:
    assert recipient_id(KEY, None, None, "Anna@example.com", "PL") == recipient_id(
        KEY, None, None, "anna@EXAMPLE.com", "UA"
    )


def test_another_key_gives_other_names() -> None:
    assert recipient_id(KEY, None, "500 000 123", None, "PL") != recipient_id(b"other", None, "500 000 123", None, "PL")


def test_a_phone_that_cannot_be_one_still_names_its_guest() -> None:
    assert recipient_id(KEY, None, "12", None, "PL") != recipient_id(KEY, None, "13", None, "PL")
