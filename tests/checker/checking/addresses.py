"""Addresses in the form that providers take."""

from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email


@lru_cache(maxsize=4096)
def phone_of(text: str | None, country: str) -> str:
    """The E.164 form of a phone; "" for none or what cannot be one."""
    try:
        number = phonenumbers.parse(text or "", country)
    except phonenumbers.NumberParseException:
        return ""
    valid = phonenumbers.is_valid_number(number)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)) if valid else ""


@lru_cache(maxsize=4096)
def email_of(text: str | None) -> str:
    """The normalised form of an e-mail address; "" for none or what cannot be one."""
    try:
        return validate_email((text or "").strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        return ""


@lru_cache(maxsize=4096)
def country_of(phone: str) -> str:
    """The country of an E.164 phone; "" if there is none."""
    return (phonenumbers.region_code_for_number(phonenumbers.parse(phone, None)) or "") if phone else ""
