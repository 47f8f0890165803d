"""Lay an e-mail out: one plain text becomes a subject, a text part and HTML that mail clients show.

A text of an e-mail begins with `Subject: ...` and an empty line. Empty lines part its paragraphs; a paragraph that is
only `[words](address)` becomes a button. The layout is MJML, compiled once in a process; all words are escaped.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from mjml import mjml2html

from schemas.errors import BadInput

_BUTTON = re.compile(r"\[([^\[\]]+)\]\((https://[^\s()<>\"]+)\)")
_SUBJECT = "Subject:"


class Block(NamedTuple):
    """A paragraph of lines, or a link with its label."""

    lines: tuple[str, ...] = ()
    label: str = ""
    url: str = ""


class Letter(NamedTuple):
    """An e-mail's words before they are laid out."""

    subject: str
    blocks: tuple[Block, ...]


def read(filled: str, name: str) -> Letter:
    """The parts of a filled text. Raises BadInput if it has no subject or says nothing."""
    head, _, body = filled.strip().partition("\n")
    if not head.startswith(_SUBJECT) or not head.removeprefix(_SUBJECT).strip():
        raise BadInput(f"an e-mail's text begins with a line '{_SUBJECT} ...'; add it", f"texts/{name}")
    blocks = parse(body)
    if not blocks:
        raise BadInput("the e-mail has a subject and no words; add them after an empty line", f"texts/{name}")
    return Letter(" ".join(head.removeprefix(_SUBJECT).split()), blocks)


def parse(body: str) -> tuple[Block, ...]:
    """The paragraphs of a filled text."""
    paragraphs = re.split(r"\n[ \t]*\n", body.strip())
    return tuple(_block(paragraph) for paragraph in paragraphs if paragraph.strip())


def as_text(blocks: tuple[Block, ...]) -> str:
    """The text part: paragraphs parted by empty lines, a button as its words and address."""
    return "\n\n".join(f"{block.label}:\n{block.url}" if block.url else "\n".join(block.lines) for block in blocks)


def as_html(letter: Letter, footer: tuple[Block, ...], shop: str, color: str, language: str) -> str:
    """The HTML part, in the shop's colour."""
    return _layout().render(
        language=language,
        subject=letter.subject,
        preview=" ".join(_first_words(letter.blocks)),
        shop=shop,
        color=color,
        ink=ink_on(color),
        blocks=letter.blocks,
        footer=footer,
    )


def ink_on(color: str) -> str:
    """White or black, whichever is read more easily on that colour (WCAG contrast)."""
    white = 1.05 / (luminance(color) + 0.05)
    black = (luminance(color) + 0.05) / 0.05
    return "#ffffff" if white >= black else "#000000"


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb, from 0 (black) to 1 (white), as WCAG 2 defines it."""
    channels = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _block(paragraph: str) -> Block:
    button = _BUTTON.fullmatch(paragraph.strip())
    if button:
        return Block(label=button[1].strip(), url=button[2])
    lines = (re.sub(" {2,}", " ", line).strip() for line in paragraph.split("\n"))
    return Block(tuple(line for line in lines if line))


def _first_words(blocks: tuple[Block, ...]) -> tuple[str, ...]:
    """What a mailbox shows beside the subject: the first paragraph after the greeting."""
    return blocks[min(1, len(blocks) - 1)].lines


@lru_cache(maxsize=1)
def _layout() -> Template:
    mjml = (Path(__file__).with_name("layouts") / "letter.mjml").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(mjml2html(mjml))
