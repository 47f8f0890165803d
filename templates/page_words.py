"""The words of the customers' own pages, by language. Data in `pages/`; what messages say too stands in `phrases/`."""

from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

_FOLDER = Path(__file__).with_name("pages")

Words = dict[str, Any]


@cache
def page_words(language: str) -> Words:
    """All words of the pages in a language, as `pages/<language>.yaml` has them."""
    return cast(Words, yaml.safe_load((_FOLDER / f"{language}.yaml").read_text("utf-8")))


LANGUAGE_NAMES: dict[str, str] = {"pl": "Polski", "uk": "Українська", "en": "English"}
"""Each language as its own readers call it."""
