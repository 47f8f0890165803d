"""What a customer's answer asks for, if it is a command: STOP, START or HELP, in three languages and both alphabets.

Only a message that is nothing but such a word is a command: "stop calling me a fool" is an answer for the shop.
"""

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple


class Wish(StrEnum):
    """What a word asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class Wished(NamedTuple):
    """A wish, and the language of its word; "" if several have it."""

    wish: Wish
    language: str


WORDS: dict[Wish, dict[str, tuple[str, ...]]] = {
    Wish.STOP: {
        "en": (
            *("stop", "stopall", "stop all", "stop sms", "unsubscribe", "end", "quit", "revoke"),
            *("optout", "opt out", "cancel"),  # `cancel`: to Twilio a STOP, so it is one to us
        ),
        "pl": (
            *("stop", "stop sms", "rezygnuję", "rezygnacja", "zrezygnuj", "zatrzymaj", "koniec"),
            *("wypisz", "wypisz mnie", "wypisuję się", "nie wysyłaj", "nie wysyłajcie", "nie pisz", "nie piszcie"),
            # not `anuluj`: it may well mean the order
        ),
        "uk": (
            *("стоп", "стоп смс", "зупинити", "зупиніть", "зупини", "припинити", "припиніть", "досить"),
            *("відписатися", "відписатись", "відпишіть", "відпишіть мене", "відписка", "відмова"),
            *("відмовляюся", "відмовляюсь", "не надсилати", "не надсилайте", "не пишіть"),
            *("zupynyty", "zupyniti", "zupynit", "prypynyty", "pripiniti", "dosyt"),  # as typed in Latin letters
            *("vidpysatysia", "vidpysatysya", "vidpysatys", "vidpisatisya", "vidpyshit", "vidmova"),
            *("остановить", "отписаться", "отпишите"),  # as Russian speakers in Ukraine write
        ),
    },
    Wish.START: {
        "en": ("start", "unstop", "subscribe", "resume", "optin", "opt in", "yes"),  # `yes`: to Twilio a START
        "pl": ("start", "wznów", "wznawiam", "wznowić", "włącz", "zapisz", "zapisz mnie", "przywróć"),
        "uk": (
            *("старт", "почати", "відновити", "відновіть", "поновити", "поновіть", "підписатися", "підписатись"),
            *("підпишіть", "підпишіть мене", "увімкнути", "увімкніть", "продовжити"),
            *("vidnovyty", "vidnovit", "ponovyty", "pochaty", "pidpysatysia", "pidpysatysya", "pidpysatys"),
            *("возобновить", "подписаться"),  # as Russian speakers in Ukraine write
        ),
    },
    Wish.HELP: {
        "en": ("help", "info"),
        "pl": ("pomoc", "pomocy", "info", "informacja", "informacje"),
        "uk": (
            *("допомога", "допоможіть", "довідка", "інфо", "інформація"),
            *("dopomoha", "dopomoga", "dovidka", "помощь"),
        ),
    },
}
"""Words as they are written; how they are typed (case, marks, spaces, missing diacritics) does not matter."""

_LOOKALIKES = str.maketrans("abceikmhoptxy", "авсеікмнортху")
"""Latin letters that look like Cyrillic ones, in capitals at least: B is В, H is Н."""

_LATIN, _CYRILLIC = re.compile("[a-z]"), re.compile("[\u0400-\u04ff]")
_APART = re.compile(r"[\s\-\u2010-\u2015_/]+")
_LONGEST = 40


def wish_of(text: str) -> Wished | None:
    """The wish that the whole text is; None if it is anything else."""
    if len(text) > _LONGEST:
        return None
    typed = fold(text)
    return _WISHES.get(typed) or (_WISHES.get(_in_one_script(typed)) if typed else None)


def fold(text: str) -> str:
    """Small letters and digits, one space between words; Latin letters without diacritics, Cyrillic ones as they are
    (й and ї are letters of their own)."""
    parts = _APART.split(unicodedata.normalize("NFKC", text).casefold())
    return " ".join(filter(None, ("".join(map(_plain, part)) for part in parts)))


def _plain(char: str) -> str:
    if not char.isalnum():
        return ""
    if char == "ł":
        return "l"
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char


def _in_one_script(typed: str) -> str:
    """A word of both scripts in Cyrillic: CTOП is СТОП."""
    is_mixed = _LATIN.search(typed) and _CYRILLIC.search(typed)
    return typed.translate(_LOOKALIKES) if is_mixed else typed


def _table() -> dict[str, Wished]:
    found: dict[str, Wished] = {}
    for wish, by_language in WORDS.items():
        for language, words in by_language.items():
            for word in map(fold, words):
                known = found.get(word)
                found[word] = Wished(wish, language if known is None else "")
    return found


_WISHES = _table()
