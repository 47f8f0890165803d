"""Whose is a tracking number? Formats and check digits, as candidates with reasons; never one alone when it is open.

A check digit that holds says much, a length alone little: eleven digits may be GLS, DHL24 or DHL Express. `certain`
answers a courier only where the number can be nobody else's. Source: published number formats and their test numbers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Candidate(NamedTuple):
    """A courier whose number this may be. `confidence`: high | medium | low, as of how many numbers of this form are
    theirs; `why`: the form, and the check digit if it has one."""

    courier: str
    confidence: str
    why: str


Check = Callable[[str], bool]

_TO_37 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def ups_mod_10(number: str) -> bool:
    """1Z: letters count (their place in ASCII - 63) mod 10, every second character twice."""
    body, last = number[2:-1], number[-1]
    values = [int(sign) if sign.isdigit() else (ord(sign) - 63) % 10 for sign in body]
    return last.isdigit() and -sum(value * (1 + place % 2) for place, value in enumerate(values)) % 10 == int(last)


def s10(number: str) -> bool:
    """UPU S10: weights 8 6 4 2 3 5 9 7, mod 11."""
    weighed = sum(int(digit) * weight for digit, weight in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    rest = 11 - weighed % 11
    return {10: 0, 11: 5}.get(rest, rest) == int(number[10])


def fedex_12(number: str) -> bool:
    """Weights 3 1 7, mod 11, mod 10."""
    weighed = sum(int(digit) * (3, 1, 7)[place % 3] for place, digit in enumerate(number[:11]))
    return weighed % 11 % 10 == int(number[11])


def gs1(number: str) -> bool:
    """GS1's mod 10: weights 3 and 1 from the right."""
    weighed = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(number[:-1])))
    return -weighed % 10 == int(number[-1])


def mod_7(number: str) -> bool:
    """DHL Express: all but the last digit, mod 7."""
    return int(number[:-1]) % 7 == int(number[-1])


def mod_37(number: str) -> bool:
    """ISO 7064 mod 37,36."""
    rest = 36
    for sign in number[:-1]:
        rest = (rest + _TO_37.index(sign)) % 36 or 36
        rest = rest * 2 % 37
    return (rest + _TO_37.index(number[-1])) % 36 == 1


@dataclass(frozen=True)
class Form:
    """A courier's numbers. With a `check`, those that fail it are not of this form."""

    courier: str
    pattern: re.Pattern[str]
    confidence: str
    name: str
    check: Check | None = None


def _form(courier: str, pattern: str, confidence: str, name: str, check: Check | None = None) -> Form:
    return Form(courier, re.compile(pattern, re.ASCII), confidence, name, check)


FORMS: tuple[Form, ...] = (
    _form("ups", r"1Z[0-9A-Z]{16}", "high", "1Z and 16 characters, its check digit holds", ups_mod_10),
    _form("ups", r"1R[0-9A-Z]{14}(?:[0-9A-Z]{12})?", "medium", "1R and 14 or 26 characters"),
    _form("ups", r"[AHJKTV]\d{10}", "low", "a letter and 10 digits: a waybill"),
    _form("inpost", r"\d{24}", "high", "24 digits"),
    _form("inpost", r"\d{18,19}", "low", "18 or 19 digits: InPost Group's"),
    _form("inpost", r"J?JD\d{16}", "low", "JD or JJD and 16 digits: across borders"),
    _form("nova_poshta", r"(?:20|59)\d{12}", "medium", "14 digits that begin with 20 or 59"),
    _form("nova_poshta", r"\d{14}", "low", "14 digits"),
    _form("nova_poshta", r"[A-Z]{4}\d{10}", "medium", "4 letters and 10 digits: across borders"),
    _form("dpd_pl", r"\d{13}[A-Z]", "medium", "13 digits and a letter"),
    _form("dpd", r"\d{14}", "low", "14 digits"),
    _form("dpd", r"\d{14}[0-9A-Z]", "medium", "14 digits, its check sign holds", mod_37),
    _form("dpd", r"\d{27}[0-9A-Z]", "high", "28 signs, its check sign holds", mod_37),
    _form("gls", r"\d{11}", "low", "11 digits"),
    _form("gls", r"\d{12}", "low", "12 digits"),
    _form("gls", r"\d{13,14}", "low", "13 or 14 digits: in one country"),
    _form("gls", r"(?=.*[A-Z])(?=.*\d)[0-9A-Z]{8}", "low", "8 letters and digits: a track id"),
    _form("dhl", r"\d{11}", "low", "11 digits: DHL24"),
    _form("dhl", r"\d{10}", "medium", "10 digits, the check digit of DHL Express holds", mod_7),
    _form("dhl", r"\d{11}", "medium", "11 digits, the check digit of DHL Express holds", mod_7),
    _form("dhl", r"00340\d{15}", "high", "00340 and 15 digits, its check digit holds", gs1),
    _form("dhl", r"J[A-Z]{1,3}\d{9,20}", "medium", "JD, JJD or JVGL and digits"),
    _form("dhl", r"3S[0-9A-Z]{8,20}", "low", "3S: in the Netherlands"),
    _form("dhl", r"\d{14}", "low", "14 digits: DHL eCommerce"),
    _form("orlen_paczka", r"\d{13,14}", "low", "13 or 14 digits"),
    _form("ukrposhta", r"\d{13}", "low", "13 digits"),
    _form("ukrposhta", r"[A-Z]{2}\d{9}UA", "high", "S10 of Ukraine, its check digit holds", s10),
    _form("poczta_polska", r"[A-Z]{2}\d{9}PL", "high", "S10 of Poland, its check digit holds", s10),
    _form("poczta_polska", r"PX\d{10}", "high", "PX and 10 digits: Pocztex"),
    _form("poczta_polska", r"00(?!340)\d{18}", "medium", "20 digits that begin with 00, its check digit holds", gs1),
    _form("meest", r"(?:\d{3}|[A-Z]{3})-\d{6,8}", "medium", "3 signs, a hyphen, 6 to 8 digits"),
    _form("meest", r"[A-Z]{2}\d{9}[A-Z]{2}", "low", "S10, its check digit holds; any post may bring it here", s10),
    _form("ukrposhta", r"[A-Z]{2}\d{9}[A-Z]{2}", "low", "S10, its check digit holds; any post may bring it here", s10),
    _form("poczta_polska", r"[A-Z]{2}\d{9}[A-Z]{2}", "low", "S10, its check digit holds; any post may bring it", s10),
    _form("packeta", r"Z\d{10}", "high", "Z and 10 digits"),
    _form("packeta", r"\d{10}", "low", "10 digits: a number without its Z"),
    _form("allegro", r"A[A-Z0-9]{9}", "medium", "A and 9 letters and digits: Allegro One"),
    _form("fedex", r"\d{12}", "medium", "12 digits, its check digit holds", fedex_12),
    _form("fedex", r"\d{15}", "medium", "15 digits, its check digit holds", gs1),
    _form("fedex", r"\d{18}", "low", "18 digits, its check digit holds", gs1),
    _form("fedex", r"96\d{20}", "medium", "96 and 20 digits"),
)
"""Forms of numbers, a line each."""

_RANKS = ("high", "medium", "low")


def identify(number: str) -> tuple[Candidate, ...]:
    """The couriers whose number this may be, the likeliest first, one entry a courier; () if it is nobody's form.

    Spaces and case do not matter. Several candidates mean that it is open: ask for the courier, never take the first.
    """
    written = "".join(number.split()).upper()
    found: dict[str, Candidate] = {}
    for form in sorted(FORMS, key=lambda form: _RANKS.index(form.confidence)):
        if form.courier not in found and fits(written, form):
            found[form.courier] = Candidate(form.courier, form.confidence, form.name)
    return tuple(found.values())


def certain(number: str) -> str | None:
    """The one courier whose number this must be: the only candidate, of high confidence. None while it is open."""
    candidates = identify(number)
    return candidates[0].courier if len(candidates) == 1 and candidates[0].confidence == "high" else None


def fits(written: str, form: Form) -> bool:
    """Whether a number without spaces, in capitals, has this form and keeps its check digit."""
    return form.pattern.fullmatch(written) is not None and (form.check is None or form.check(written))
