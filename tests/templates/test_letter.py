"""E-mails: the parts of a text, and how they look."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from schemas.errors import BadInput
from schemas.messages import Message
from schemas.shops import Bundle
from templates.cases import Case
from templates.letter import Block, as_text, ink_on, luminance, parse, read

Say = Callable[..., Message]
Find = Callable[..., Case]


class Seen(HTMLParser):
    """Tags, attributes and visible words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden += tag in ("style", "head")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "head")

    def handle_data(self, data: str) -> None:
        self.words += "" if self._hidden else data


@pytest.fixture
def seen(say: Say, case: Find) -> Callable[[str], Seen]:
    """The page of an e-mail in a language."""

    def look(language: str) -> Seen:
        page = Seen()
        page.feed(say(case("ready_for_pickup", "email", language).notice).html)
        return page

    return look


def test_a_text_is_a_subject_and_paragraphs() -> None:
    letter = read("Subject:  Paczka   jest\n\nDzień dobry,\n\nraz\ndwa\n\n[Zobacz](https://sowa.example/p/x)\n", "t")
    assert letter.subject == "Paczka jest"
    assert letter.blocks == (
        Block(("Dzień dobry,",)),
        Block(("raz", "dwa")),
        Block(label="Zobacz", url="https://sowa.example/p/x"),
    )
    assert as_text(letter.blocks) == "Dzień dobry,\n\nraz\ndwa\n\nZobacz:\nhttps://sowa.example/p/x"


@pytest.mark.parametrize("text", ["Dzień dobry", "Subject:\n\nDzień dobry", "Subject: x\n\n  \n"])
def test_a_text_without_subject_or_words_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read(text, "shipped.email.pl")


def test_only_a_paragraph_of_its_own_is_a_button() -> None:
    assert parse("por. [x](https://sowa.example/p/x) tu") == (Block(("por. [x](https://sowa.example/p/x) tu",)),)
    assert parse("[x](javascript:alert)") == (Block(("[x](javascript:alert)",)),)


@pytest.mark.parametrize("language", ["pl", "uk", "en"])
def test_a_page_names_its_language_and_loads_nothing(seen: Callable[[str], Seen], language: str) -> None:
    page = seen(language)
    assert page.tags[0] == ("html", page.tags[0][1])
    assert page.tags[0][1]["lang"] == language
    assert not {"img", "script", "iframe", "link", "form", "svg"} & {tag for tag, _ in page.tags}
    assert all(href.startswith("https://sowa.example/") for _, had in page.tags if (href := had.get("href")))


def test_a_page_says_what_the_text_part_says(say: Say, case: Find) -> None:
    message = say(case("delivered", "email", "uk").notice)
    page = Seen()
    page.feed(message.html)
    shown = " ".join(page.words.split())
    for line in message.text.split("\n"):
        if line and line != "--" and not line.startswith("https://"):
            assert " ".join(line.removesuffix(":").split()) in shown


def test_a_page_bears_a_dark_room_and_a_narrow_phone(say: Say, case: Find) -> None:
    html = say(case("shipped", "email", "pl").notice).html
    assert "@media (prefers-color-scheme: dark)" in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert 'name="viewport" content="width=device-width' in html
    assert "max-width:560px" in html
    fixed = re.sub(r"<!--\[if.*?<!\[endif\]-->", "", html, flags=re.DOTALL)
    assert not [width for width in re.findall(r"(?<!max-)(?<!min-)width:(\d+)px", fixed) if int(width) > 360]


@pytest.mark.parametrize("color", ["#5b3a29", "#ffee00", "#1f4e79", "#777777", "#000000", "#ffffff"])
def test_words_on_the_shops_colour_can_be_read(color: str) -> None:
    light, dark = sorted((luminance(color), luminance(ink_on(color))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_page_is_in_the_shops_colour(say: Say, case: Find, make_bundle: Callable[..., Bundle]) -> None:
    assert "#ffee00" in say(case("shipped", "email", "pl").notice, make_bundle(color="#ffee00")).html


def test_who_writes_can_be_reached(say: Say, case: Find) -> None:
    message = say(case("shipped", "email", "pl").notice)
    assert (message.sender, message.sender_name) == ("paczki@sowa.example", "Sklep Sowa")
    assert message.reply_to == "pomoc@sowa.example"
    for part in (message.text, message.html):
        assert "tel. 220000000, pomoc@sowa.example" in part
        assert "Sklep Sowa sp. z o.o." in part
