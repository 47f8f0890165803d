"""Files of JSON lines, plain or .gz, as lines of the log. Imports no Beam, so that short commands stay short."""

import gzip
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import IO

from pipelines.progress import did
from schemas.errors import BadInput

_STRIDE = 1000


def files(patterns: Iterable[str]) -> tuple[str, ...]:
    """The files that paths and globs name, sorted, each once. Raises BadInput for one that names none."""
    found: set[str] = set()
    for pattern in patterns:
        names = [name for name in glob(pattern, recursive=True) if Path(name).is_file()]  # noqa: PTH207 -- takes absolute
        if not names:
            raise BadInput("no such file: give files of JSON lines, or quote a pattern of them", pattern)
        found.update(names)
    return tuple(sorted(found))


def lines(path: str) -> Iterator[tuple[str, int, bytes]]:
    """(place, 0, line) of a file."""
    name, number = Path(path).name, 0
    with _open(path) as file:
        for number, line in enumerate(file, 1):
            if not line.isspace():
                yield f"{name}:{number}", 0, line.rstrip(b"\r\n")
            if number % _STRIDE == 0:
                did("lines", _STRIDE)
        did("lines", number % _STRIDE)


def _open(path: str) -> IO[bytes]:
    if path.endswith(".gz"):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return Path(path).open("rb")
