"""How long an SMS is, and how it is brought into the alphabet that makes it short.

An SMS of GSM-7 characters holds 160 of them (153 a part when it is split); one foreign character makes it UCS-2 with
70 (67 a part). Both tables are those of 3GPP TS 23.038; an extension character counts two.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii
from translitua import UkrainianKMU, translit

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")

_GSM7 = BASIC | EXTENSION

GSM7 = "GSM-7"
UCS2 = "UCS-2"

_LIMITS = {GSM7: (160, 153), UCS2: (70, 67)}
_CYRILLIC = re.compile("[\u0400-\u04ff]+(?:['’ʼ][\u0400-\u04ff]+)*")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_NUMERO = re.compile(r"№\s*")
_POLISH = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")
_WORDED = str.maketrans({"₴": "UAH", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "−": "-", "`": "'"})
_DROPPED = frozenset({"So", "Cc", "Cf", "Cs", "Co", "Cn", "Me"})


class Size(NamedTuple):
    """An SMS as the network counts it: `length` in septets (GSM-7) or 16-bit units (UCS-2)."""

    encoding: str
    length: int
    segments: int


def size(text: str) -> Size:
    """Encoding, length and number of segments of an SMS. A character is never split between two parts."""
    encoding, weigh = (GSM7, _septets) if is_gsm7(text) else (UCS2, _units)
    whole, part = _LIMITS[encoding]
    weights = list(map(weigh, text))
    length = sum(weights)
    return Size(encoding, length, 1 if length <= whole else _parts(weights, part))


def is_gsm7(text: str) -> bool:
    """Whether the whole text can be sent in the short alphabet."""
    return _GSM7.issuperset(text)


def foreign(text: str) -> str:
    """The characters of the text that are outside GSM-7, each once, sorted."""
    return "".join(sorted(set(text) - _GSM7))


def for_sms(text: str, language: str) -> str:
    """The text as it is sent by SMS: ordinary spaces, no emoji; Ukrainian stays Cyrillic, all else becomes GSM-7."""
    return _plain(text) if language == "uk" else to_gsm7(text, language)


def to_gsm7(text: str, language: str) -> str:
    """The text in GSM-7 characters only. Polish loses its diacritics, Cyrillic is romanised by resolution No. 55 of
    Ukraine's Cabinet, "№" becomes "nr", emoji are dropped, what is left is spelled by `anyascii`."""
    if is_gsm7(text):
        return _plain(text)
    text = _plain(_NUMERO.sub("nr ", unicodedata.normalize("NFC", text)))
    if language == "pl":
        text = text.translate(_POLISH)
    text = _CYRILLIC.sub(lambda word: translit(word.group(), UkrainianKMU), text)
    text = text.translate(_WORDED)
    return text if is_gsm7(text) else "".join(map(_spelled, text))


def _plain(text: str) -> str:
    kept = text if text.isascii() else "".join(char for char in text if not _is_ornament(char))
    return _SPACES.sub(" ", kept).strip()


@lru_cache(maxsize=4096)
def _spelled(char: str) -> str:
    """The character if GSM-7 has it, else its spelling; "" if there is none."""
    return char if char in _GSM7 else "".join(filter(_GSM7.__contains__, anyascii(char).replace("`", "'")))


@lru_cache(maxsize=4096)
def _is_ornament(char: str) -> bool:
    """Emoji and what shapes them; marks that cannot be seen. Signs such as ° and № are words."""
    if char in "\n\r":
        return False
    if "\U0001f3fb" <= char <= "\U0001f3ff" or char in "\ufe0e\ufe0f":
        return True
    return unicodedata.category(char) in _DROPPED and not (unicodedata.category(char) == "So" and char < "\u2190")


def _septets(char: str) -> int:
    return 2 if char in EXTENSION else 1


def _units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _parts(weights: list[int], limit: int) -> int:
    parts, used = 1, 0
    for weight in weights:
        if used + weight > limit:
            parts, used = parts + 1, 0
        used += weight
    return parts
