"""Words that are commands, however they are typed; and words that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.receipts.twilio_posts import _OPT_OF
from connectors.replies.wishes import WORDS, Wish, Wished, fold, wish_of

ALL = [(wish, language, word) for wish, by in WORDS.items() for language, words in by.items() for word in words]


@pytest.mark.parametrize(("wish", "language", "word"), ALL)
def test_a_word_is_known_in_capitals_with_stops_and_spaces_around(wish: Wish, language: str, word: str) -> None:
    for typed in (word, word.upper(), word.capitalize(), f"  {word}. ", f"«{word}»!!", f"{word}\n", f"{word} 🙏"):
        found = wish_of(typed)
        assert found is not None
        assert found.wish == wish
        assert found.language in (language, "")


@pytest.mark.parametrize(
    ("typed", "wished"),
    [
        ("REZYGNUJE", Wished(Wish.STOP, "pl")),  # without diacritics
        ("wznow", Wished(Wish.START, "pl")),
        ("wlacz", Wished(Wish.START, "pl")),
        ("Nie wysyłaj", Wished(Wish.STOP, "pl")),
        ("ЗУПИНИТИ", Wished(Wish.STOP, "uk")),
        ("zupynyty", Wished(Wish.STOP, "uk")),
        ("Стоп.", Wished(Wish.STOP, "uk")),
        ("CTOП", Wished(Wish.STOP, "uk")),  # C, T and O from a Latin keyboard
        ("відписатись", Wished(Wish.STOP, "uk")),
        ("ＳＴＯＰ", Wished(Wish.STOP, "")),  # of full width
        ("S.T.O.P.", Wished(Wish.STOP, "")),
        ("opt-out", Wished(Wish.STOP, "en")),
        ("Допомога?", Wished(Wish.HELP, "uk")),
        ("POMOC", Wished(Wish.HELP, "pl")),
    ],
)
def test_what_people_type_is_understood(typed: str, wished: Wished) -> None:
    assert wish_of(typed) == wished


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "?",
        "🙏",
        "stop calling me a fool",
        "Please stop",
        "nie stop",
        "stopka",
        "Anuluj",  # the order?
        "nie",
        "tak",
        "dziękuję",
        "Зупиніться біля брами",
        "не стоп",
        "starter",
        "koniec świata",
        "stop " * 20,
        "s" * 10_000,
    ],
)
def test_anything_else_is_an_answer_for_the_shop(typed: str) -> None:
    assert wish_of(typed) is None


def test_a_letter_with_a_mark_of_its_own_is_another_letter_in_cyrillic() -> None:
    assert fold("йоржі Їжак") == "йоржі їжак"
    assert fold("Łódź, ŻÓŁĆ") == "lodz zolc"


def test_no_word_asks_for_two_things() -> None:
    by_word: dict[str, set[Wish]] = {}
    for wish, _language, word in ALL:
        by_word.setdefault(fold(word), set()).add(wish)
    assert not {word: wishes for word, wishes in by_word.items() if len(wishes) > 1}


def test_every_word_of_twilio_is_one_of_ours_and_means_the_same() -> None:
    for word, opt in _OPT_OF.items():
        found = wish_of(word)
        assert found is not None
        assert found.wish == opt


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_without_an_error(typed: str) -> None:
    found = wish_of(typed)
    assert found is None or found.wish in Wish
