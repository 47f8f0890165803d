"""The sandbox's outbox in a file: a line for everything that happened, so that it can be asked when it runs no more."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from connectors.sandbox.book import Accepted, Blocked, Book, Said
from schemas.errors import BadInput

_TAKEN = Callable[[Book, Any], object]

_REPLAY: dict[str, _TAKEN] = {
    "taken": lambda book, data: book.restore(msgspec.convert(data, Accepted)),
    "said": lambda book, data: book.hear(msgspec.convert(data, Said)),
    "stop": lambda book, data: book.stop(*data),
    "start": lambda book, data: book.start(*data),
    "block": lambda book, data: book.block(data[0], msgspec.convert(data[1], Blocked)),
    "unblock": lambda book, data: book.unblock(*data),
    "batch": lambda book, data: book.batch(*data),
}
"""What a line says happened -> how it happens again."""


def open_book(path: Path) -> Book:
    """The book that a file keeps, filled with what it holds; the file is made if it is not there. Raises BadInput."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    whole, rest = lines[:-1], lines[-1:]
    book = Book()
    for number, line in enumerate(whole, 1):
        _again(book, line, f"{path}:{number}")
    if rest and rest[0]:  # a line that was cut off when its writer died
        path.write_bytes(b"".join(line + b"\n" for line in whole))
    book.write_to(_writer(path))
    return book


def read_book(path: Path) -> Book:
    """What a file holds, read only. Raises BadInput."""
    if not path.is_file():
        raise BadInput("there is no such outbox: start one with `awizo sandbox --outbox FILE`", str(path))
    book = Book()
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
        _again(book, line, f"{path}:{number}")
    return book


def _again(book: Book, line: bytes, place: str) -> None:
    try:
        what, data = json.loads(line)
        _REPLAY[what](book, data)
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise BadInput(f"not a line of a sandbox's outbox ({type(error).__name__})", place) from None


def _writer(path: Path) -> Callable[[str, object], None]:
    def write(what: str, data: object) -> None:
        with path.open("ab") as file:  # opened for each line: nothing is left to be closed, or lost, at the end
            file.write(msgspec.json.encode([what, data]) + b"\n")

    return write
