"""Archives: the Avro files that a Cloud Storage subscription writes of a topic, as lines of the log.

The fields are those of Pub/Sub's own schema with `write_metadata` on: `subscription_name`, `message_id`,
`publish_time` (microseconds), `attributes`, `data`. Source: Pub/Sub's documents, "Create Cloud Storage subscriptions".
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import PurePath
from typing import IO, Any, NamedTuple

import fastavro

from pipelines.lines import Line
from schemas.errors import BadInput
from schemas.structured import structured
from schemas.times import Millis, to_millis

FIELDS = frozenset({"subscription_name", "message_id", "publish_time", "attributes", "data"})

_OTHER = "not an archive of a topic: its subscription must write Avro with metadata (write_metadata)"


class Archived(NamedTuple):
    """A message of an archive: what names it in its topic, and its line."""

    name: bytes
    line: Line


def check(path: str, file: IO[bytes]) -> None:
    """Look at a file's head. Raises BadInput if it is not what a Cloud Storage subscription writes."""
    try:
        schema: Any = fastavro.reader(file).writer_schema
    except (ValueError, EOFError, StopIteration):
        raise BadInput(_OTHER, path) from None
    found = {field["name"] for field in schema.get("fields", ())} if isinstance(schema, dict) else set()
    if not found >= FIELDS:
        raise BadInput(_OTHER, path)


def archived(path: str, file: IO[bytes]) -> Iterator[Archived]:
    """The messages of a file, in its order."""
    name = PurePath(path).name
    kept: Iterator[Any] = iter(fastavro.reader(file))
    for number, message in enumerate(kept, 1):
        body = structured(message["attributes"], message["data"])
        yield Archived(_name(message), (f"{name}:{number}", _published(message["publish_time"]), body))


def _published(moment: datetime | int) -> Millis:
    """Milliseconds; fastavro gives microseconds as a datetime where the schema names them as a time."""
    return moment // 1_000 if isinstance(moment, int) else to_millis(moment)


def _name(message: Any) -> bytes:
    """A message id is unique within its topic, which is the subscription's."""
    return blake2b(f"{message['subscription_name']}\n{message['message_id']}".encode(), digest_size=16).digest()


def first(doubled: tuple[bytes, Iterable[Line]]) -> Line:
    """One of the messages that bear one id: the subscription writes each at least once. Whichever file is read first,
    it is the same one."""
    return min(doubled[1])
