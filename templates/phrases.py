"""Words that stand inside texts, by language: points, reasons, days of the week, plural forms. Data in `phrases/`."""

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from babel import Locale

LANGUAGES = ("pl", "uk", "en")

_FOLDER = Path(__file__).with_name("phrases")

Phrases = dict[str, Any]


@cache
def phrases(language: str) -> Phrases:
    """All phrases of a language, as `phrases/<language>.yaml` has them."""
    text = (_FOLDER / f"{language}.yaml").read_text("utf-8")
    return cast(Phrases, yaml.safe_load(text))


@cache
def locale(language: str) -> Locale:
    """Babel's locale of a language."""
    return Locale.parse(language)


def counted(forms: str, number: int, language: str, **words: object) -> str:
    """A phrase in the plural form that the number asks for: 1 paczka, 2 paczki, 5 paczek."""
    form = locale(language).plural_form(number)
    return str(phrases(language)[forms][form].format(n=number, **words))


def word(table: str, key: str, language: str) -> str:
    """The phrase of a key in a table of phrases; "" if we have no words for it."""
    return str(phrases(language)[table].get(key, ""))
