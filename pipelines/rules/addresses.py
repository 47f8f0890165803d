"""Addresses as people write them into addresses as providers take them, and the names by which recipients are known."""

import hmac
import re
from functools import lru_cache
from typing import NamedTuple

PLAIN = re.compile(r"(?!h-[0-9a-f]{16}$)[\w.-]{1,64}")
"""A customer id that can be a recipient id as it is; what looks like one of our own hashes cannot."""


class Address(NamedTuple):
    """An address in the form that providers take; "" if there is none, or (`bad`) what was given cannot be one."""

    value: str
    bad: bool


NONE = Address("", bad=False)
BAD = Address("", bad=True)


def phone_of(text: str | None, country: str) -> Address:
    """The E.164 form of a phone, national (of that country, ISO 3166 alpha-2) or international."""
    return _phone(text, country) if text else NONE


def email_of(text: str | None) -> Address:
    """The normalised form of an e-mail address; nobody is asked whether it exists."""
    return _email(text) if text else NONE


@lru_cache(maxsize=4096)
def _phone(text: str, country: str) -> Address:
    import phonenumbers  # heavy, and needed only where contacts are read

    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return BAD
    if not phonenumbers.is_valid_number(number):
        return BAD
    return Address(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), bad=False)


@lru_cache(maxsize=4096)
def _email(text: str) -> Address:
    from email_validator import EmailNotValidError, validate_email  # heavy, like phonenumbers

    try:
        return Address(validate_email(text.strip(), check_deliverability=False).normalized, bad=False)
    except EmailNotValidError:
        return BAD


def recipient_id(key: bytes, customer: str | None, phone: str | None, email: str | None, country: str) -> str:
    """Who a recipient is: the shop's own customer id if it is a plain word, else a keyed hash of that id, of the phone
    or of the e-mail, whichever comes first. At least one of them must be given."""
    if customer:
        return customer if PLAIN.fullmatch(customer) else _hashed(key, "customer", customer)
    if phone:
        return _hashed(key, "phone", phone_of(phone, country).value or phone)
    # providers treat the case of an address as they like; people do not mean it
    return _hashed(key, "email", (email_of(email).value or email or "").lower())


@lru_cache(maxsize=4096)
def _hashed(key: bytes, what: str, value: str) -> str:
    return "h-" + hmac.digest(key, f"{what}\0{value}".encode(), "sha256").hex()[:16]
