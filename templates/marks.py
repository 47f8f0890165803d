"""Readers' marks: who last read a text, beside what was said in the other languages.

A mark holds a hash over the text and one over its siblings (the same kind and channel in the other languages). When a
language changes, its own mark and those of its siblings no longer fit: they are stale until somebody reads them again
and renews the marks with

    python -m templates.marks READER [TEXT...]
"""

import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, cast

import yaml

from templates.phrases import LANGUAGES
from templates.render import built_in, built_in_names, text_name

_FILE = Path(__file__).with_name("marks.yaml")

DRAFT = "draft"
"""The reader of a text that only its author has read."""


class Mark(NamedTuple):
    """Who read a text, and what it and its siblings then said."""

    reader: str
    text: str
    siblings: str


def marks() -> dict[str, Mark]:
    """The marks that were given: name of a text -> mark."""
    rows = cast(dict[str, list[str]], yaml.safe_load(_FILE.read_text("utf-8")) or {})
    return {name: Mark(*row) for name, row in rows.items()}


def stale() -> list[str]:
    """The texts that have to be read again, each with why: not read, changed, or a sibling changed."""
    return [line for name, line in _states(marks()) if line]


def unread() -> list[str]:
    """The texts that nobody but their author has read."""
    return [name for name, mark in sorted(marks().items()) if mark.reader == DRAFT]


def fresh(name: str, reader: str) -> Mark:
    """The mark of a reader who has read the text as it is now."""
    kind, channel, language = name.split(".")
    others = (built_in(text_name(kind, channel, other)) or "" for other in LANGUAGES if other != language)
    return Mark(reader, _hash(built_in(name) or ""), _hash("\0".join(others)))


def renew(reader: str, names: tuple[str, ...]) -> None:
    """Write the marks of a reader who has read these texts (none named: all that are stale)."""
    given = marks()
    for name in names or tuple(name for name, line in _states(given) if line):
        given[name] = fresh(name, reader)
    rows = {name: list(given[name]) for name in sorted(given) if built_in(name) is not None}
    lines = "".join(f"{name}: [{', '.join(row)}]\n" for name, row in rows.items())
    _FILE.write_text(f"# text: [reader, hash of the text, hash of its siblings]\n{lines}", "utf-8")


def _states(given: dict[str, Mark]) -> Iterator[tuple[str, str]]:
    for name in built_in_names():
        yield name, _state(name, given.get(name))


def _state(name: str, mark: Mark | None) -> str:
    if mark is None:
        return f"{name}: not read"
    now = fresh(name, mark.reader)
    if now.text != mark.text:
        return f"{name}: changed since {mark.reader} read it"
    return f"{name}: a sibling changed since {mark.reader} read it" if now.siblings != mark.siblings else ""


def _hash(text: str) -> str:
    return "h" + blake2b(text.encode(), digest_size=5).hexdigest()


if __name__ == "__main__":
    renew(sys.argv[1], tuple(sys.argv[2:]))
