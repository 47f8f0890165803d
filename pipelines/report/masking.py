"""Addresses as a screen may show them: enough to tell two apart, not enough to write to one."""

import re

EMAIL = re.compile(r"[^\s@<>\"',;:(){}\[\]]+@[^\s@<>\"',;:(){}\[\]]+\.[^\s@<>\"',;:(){}\[\]]+")
PHONE = re.compile(r"(?<![\w.-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ ()-]?\d){7,14}(?![\w-])")


def masked(address: str) -> str:
    """`j***@example.com`, `+48 *** *** 001`; anything else by its last three characters at most."""
    if "@" in address:
        name, _, host = address.rpartition("@")
        return f"{name[:1]}***@{host}"
    return _masked_phone(address)


def masked_text(text: str) -> str:
    """A text with what looks like an e-mail or a phone in it masked. Long numbers are taken for phones, dates are
    not: a tracking number hidden is better than a phone shown."""
    return PHONE.sub(lambda found: _masked_phone(found[0]), EMAIL.sub(lambda found: masked(found[0]), text))


def _masked_phone(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    if len(digits) < 7:
        return "***"
    return " ".join(part for part in (_calling_code(digits, phone), "*** ***", digits[-3:]) if part)


def _calling_code(digits: str, phone: str) -> str:
    """`+48` of an international number; nothing of a national one."""
    if not phone.startswith("+"):
        return ""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # heavy, and only screens need it

    codes = (digits[:length] for length in (1, 2, 3))
    return next((f"+{code}" for code in codes if int(code) in COUNTRY_CODE_TO_REGION_CODE), "+")
