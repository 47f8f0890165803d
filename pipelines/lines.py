"""Files of JSON lines, plain or .gz, as lines of the log. Imports no Beam, so that short commands stay short."""

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path, PurePath
from typing import IO

from pipelines.progress import did
from schemas.errors import BadInput
from schemas.times import Millis

Line = tuple[str, Millis, bytes]
"""A place (`events.jsonl:12`), when the log had what stands there (0: the line says so itself), and its bytes."""

ARCHIVE = ".avro"
_STRIDE = 1000


def files(patterns: Iterable[str]) -> tuple[str, ...]:
    """The files that paths and globs name, here or in a bucket (`gs://…`), sorted, each once. Raises BadInput for one
    that names none, and for an .avro file here that no Cloud Storage subscription wrote."""
    found: set[str] = set()
    for pattern in patterns:
        names = _afar(pattern) if _is_afar(pattern) else _here(pattern)
        if not names:
            raise BadInput("no such file: give files of JSON lines, or quote a pattern of them", pattern)
        found.update(names)
    return tuple(sorted(found))


def lines(path: str) -> Iterator[Line]:
    """(place, 0, line) of a file of JSON lines; of an archive every message, doubles too, with its time."""
    if is_archive(path):
        yield from _archived(path)
        return
    name, number = PurePath(path).name, 0
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if not line.isspace():
                yield f"{name}:{number}", 0, line.rstrip(b"\r\n")
            if number % _STRIDE == 0:
                did("lines", _STRIDE)
        did("lines", number % _STRIDE)


def _archived(path: str) -> Iterator[Line]:
    from pipelines.archives import archived

    with opened(path) as file:
        yield from (message.line for message in archived(path, file))


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """A file as `files` names it, unpacked."""
    with _raw(path) if _is_afar(path) else Path(path).open("rb") as file:
        if path.endswith(".gz"):
            with gzip.open(file, "rb") as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            yield file


def _raw(path: str) -> IO[bytes]:
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)  # type: ignore[no-any-return]


def is_archive(path: str) -> bool:
    """Whether the file is a topic's archive (`pipelines/archives.py`)."""
    return path.endswith(ARCHIVE)


def _here(pattern: str) -> list[str]:
    names = [name for name in glob(pattern, recursive=True) if Path(name).is_file()]  # noqa: PTH207 -- takes absolute
    for name in filter(is_archive, names):
        from pipelines.archives import check

        with opened(name) as file:
            check(name, file)
    return names


def _afar(pattern: str) -> list[str]:
    """Names only: a bucket of archives has too many files to look into each twice."""
    from apache_beam.io.filesystems import FileSystems

    try:
        (matched,) = FileSystems.match([pattern])
    except ValueError:  # Beam knows no such scheme
        raise BadInput("a bucket: needs the extra `gcp` (pip install 'awizo[gcp]'), or a copy here", pattern) from None
    except OSError as error:
        raise BadInput(f"cannot be listed: {error}", pattern) from None
    return [metadata.path for metadata in matched.metadata_list]


def _is_afar(path: str) -> bool:
    return "://" in path
