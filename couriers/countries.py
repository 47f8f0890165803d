"""Countries as couriers spell them -> ISO 3166 alpha-2, as far as our couriers go."""

NAMES: dict[str, str] = {
    "austria": "AT",
    "австрія": "AT",
    "belgium": "BE",
    "бельгія": "BE",
    "bulgaria": "BG",
    "болгарія": "BG",
    "canada": "CA",
    "канада": "CA",
    "china": "CN",
    "китай": "CN",
    "croatia": "HR",
    "хорватія": "HR",
    "czech republic": "CZ",
    "czechia": "CZ",
    "чехія": "CZ",
    "estonia": "EE",
    "естонія": "EE",
    "france": "FR",
    "франція": "FR",
    "germany": "DE",
    "deutschland": "DE",
    "німеччина": "DE",
    "hungary": "HU",
    "угорщина": "HU",
    "italy": "IT",
    "італія": "IT",
    "latvia": "LV",
    "латвія": "LV",
    "lithuania": "LT",
    "литва": "LT",
    "moldova": "MD",
    "молдова": "MD",
    "netherlands": "NL",
    "нідерланди": "NL",
    "poland": "PL",
    "polska": "PL",
    "польща": "PL",
    "romania": "RO",
    "румунія": "RO",
    "slovakia": "SK",
    "словаччина": "SK",
    "spain": "ES",
    "іспанія": "ES",
    "turkey": "TR",
    "туреччина": "TR",
    "ukraine": "UA",
    "україна": "UA",
    "united kingdom": "GB",
    "велика британія": "GB",
    "united states": "US",
    "usa": "US",
    "сша": "US",
}
"""In English, Ukrainian, and at home."""


def alpha_2(said: str) -> str:
    """The two letters of a country, given as such or by a name; "" for any other."""
    plain = said.strip()
    if len(plain) == 2 and plain.isalpha() and plain.isascii():
        return plain.upper()
    return NAMES.get(plain.casefold(), "")
