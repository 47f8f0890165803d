"""The words of the customers' pages: complete in every language, and by the rules of all our words."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.status import Status
from templates.page_words import LANGUAGE_NAMES, page_words
from templates.phrases import LANGUAGES


def leaves(words: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(words, dict):
        for name, inner in words.items():
            yield from leaves(inner, (*place, str(name)))
    else:
        yield place, words


def places(language: str) -> set[tuple[str, ...]]:
    return {place for place, _ in leaves(page_words(language))} - {("today_at_eleven",)}


def fields(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things_with_the_same_values(language: str) -> None:
    assert places(language) == places("en")
    english = dict(leaves(page_words("en")))
    differing = [p for p, t in leaves(page_words(language)) if p in english and fields(t) != fields(english[p])]
    assert not differing


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_words(language: str) -> None:
    assert set(page_words(language)["statuses"]) == {str(status) for status in Status}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_praised_hurried_or_given_a_sex(language: str) -> None:
    texts = [text for _, text in leaves(page_words(language))]
    assert all(isinstance(text, str) and text.strip() == text != "" for text in texts)
    forbidden = {
        "pl": r"\b(Pan|Pani|Państw\w*|Ty|Twój|Twoje|Twoja|odebrałeś|odebrałaś|\w+[łl]e[śs]|\w+łaś)\b",
        "uk": r"\b(ти|твій|твоя|твоє|тебе)\b|ы|э|ё|ъ",
        "en": r"\b(sir|madam|dear)\b",
    }[language]
    assert not [text for text in texts if "!" in text or re.search(forbidden, text, re.IGNORECASE)]


def test_no_word_mixes_alphabets() -> None:
    texts = [text for _, text in leaves(page_words("uk"))]
    words = [word for text in texts for word in re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}", "", text))]
    mixed = [word for word in words if re.search("[A-Za-z]", word) and re.search("[а-яіїєґ]", word, re.IGNORECASE)]
    assert not mixed


def test_each_language_is_named_in_its_own_words() -> None:
    assert tuple(LANGUAGE_NAMES) == LANGUAGES
