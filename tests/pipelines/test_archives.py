"""Archives of topics: what a Cloud Storage subscription writes is replayed like the lines that were published."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
import pytest
from apache_beam.io.localfilesystem import LocalFileSystem
from hypothesis import given
from hypothesis import strategies as st

from pipelines.lines import files, lines
from pipelines.replay import Wanted, replay
from pipelines.sources import messages
from schemas.envelope import read_binary, read_structured
from schemas.errors import BadEvent, BadInput
from schemas.settings import Keys, keys_of
from schemas.structured import structured
from schemas.times import to_millis

DEMO = Path(__file__).parents[2] / "infra" / "demo"
KEYS: Keys = keys_of("a key for tests only")
ORDER = "10401"

SCHEMA = {
    "type": "record",
    "namespace": "com.google.pubsub",
    "name": "PubsubMessageWithMetadata",
    "fields": [
        {"name": "subscription_name", "type": "string"},
        {"name": "message_id", "type": "string"},
        {"name": "publish_time", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "attributes", "type": {"type": "map", "values": "string"}},
        {"name": "data", "type": "bytes"},
    ],
}
"""The schema in Pub/Sub's documents of Cloud Storage subscriptions."""

Message = dict[str, Any]


def message(number: int, published: datetime, data: bytes, attributes: dict[str, str] | None = None) -> Message:
    name = "projects/tracking/subscriptions/awizo-orders-archive"
    return {
        "subscription_name": name,
        "message_id": str(number),
        "publish_time": published,
        "attributes": attributes or {},
        "data": data,
    }


def write(path: Path, kept: list[Message], schema: Any = SCHEMA) -> str:
    with path.open("wb") as file:
        fastavro.writer(file, schema, kept)
    return str(path)


def events() -> list[dict[str, Any]]:
    """The demo's events of one order and of its parcels."""
    every = (DEMO / "events.jsonl").read_text("utf-8").splitlines()
    own = [json.loads(line) for line in every if f'"order":"{ORDER}"' in line]
    numbers = {event["data"]["number"] for event in own if "number" in event["data"]}
    told = [json.loads(line) for line in every if "reported" in line and any(number in line for number in numbers)]
    assert len(own) > 1
    assert len(told) > 1
    return own + told


def as_message(number: int, event: dict[str, Any]) -> Message:
    """As its sender published it: in structured mode, every other one in binary mode."""
    published = datetime.fromisoformat(event.pop("recordedtime", event["time"]))
    finer = published.replace(microsecond=published.microsecond // 1000 * 1000) + timedelta(microseconds=number % 1000)
    if number % 2 and "data" in event:
        plain = {f"ce-{name}": value for name, value in event.items() if name != "data"}
        attributes = {"content-type": plain.pop("ce-datacontenttype", "application/json"), **plain}
        is_text = "json" not in attributes["content-type"]
        return message(number, finer, (event["data"] if is_text else as_json(event["data"])).encode(), attributes)
    return message(number, finer, as_json(event).encode())


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def run(log: tuple[str, ...], out: Path) -> dict[str, bytes]:
    replay(Wanted(log, DEMO / "shops", out, until="quiet"), KEYS)
    names = ("messages", "decisions", "orders", "parcels")
    return {name: (out / f"{name}.jsonl").read_bytes() for name in names}


def test_an_archive_gives_what_the_published_lines_give(tmp_path: Path) -> None:
    plain = tmp_path / "events.jsonl"
    plain.write_text("\n".join(map(as_json, events())), "utf-8")
    kept = [as_message(number, event) for number, event in enumerate(events())]
    log = (write(tmp_path / "one.avro", kept[::2]), write(tmp_path / "two.avro", kept[1::2]))
    expected = run((str(plain),), tmp_path / "plain")
    assert expected["messages"]
    assert run(log, tmp_path / "kept") == expected


def test_a_message_that_was_written_twice_is_read_once(tmp_path: Path) -> None:
    now = datetime.fromisoformat("2026-10-12T10:00:00+00:00")
    bad = [message(1, now, b"not an event"), message(2, now, b"nor this"), message(1, now, b"not an event")]
    log = (write(tmp_path / "one.avro", bad), write(tmp_path / "two.avro", bad))
    run(log, tmp_path / "out")
    assert len((tmp_path / "out" / "dead_letters.jsonl").read_bytes().splitlines()) == 2


def test_recorded_is_when_it_was_published_whatever_its_sender_says(tmp_path: Path) -> None:
    published = datetime.fromisoformat("2026-10-12T10:00:00.123456+00:00")
    heartbeat = {
        "specversion": "1.0",
        "type": "awizo.courier.heartbeat.v1",
        "source": "/couriers/inpost/sowa",
        "id": "1",
        "time": "2026-10-12T09:59:00Z",
        "recordedtime": "2001-01-01T00:00:00Z",
        "data": {"courier": "inpost", "shop": "sowa"},
    }
    attributes = {f"ce-{name}": str(value) for name, value in heartbeat.items() if name != "data"}
    kept = [
        message(1, published, json.dumps(heartbeat).encode()),
        message(2, published, json.dumps(heartbeat["data"]).encode(), attributes),
    ]
    found = messages(write(tmp_path / "couriers.avro", kept))
    read = [read_structured(line, recorded) for _, (_, recorded, line) in found]
    assert {event.recorded_at for event in read} == {to_millis(published)}
    assert read[0] == read[1]


def test_microseconds_without_their_logical_type_are_read_too(tmp_path: Path) -> None:
    plain = json.loads(json.dumps(SCHEMA))
    plain["fields"][2]["type"] = "long"
    kept = {**message(1, datetime.fromtimestamp(0, UTC), b"{}"), "publish_time": 1_792_000_000_123_456}
    path = write(tmp_path / "orders.avro", [kept], plain)
    expected = [("orders.avro:1", 1_792_000_000_123, b"{}")]
    assert [line for _, line in messages(path)] == list(lines(path)) == expected


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b"\xff"])
def test_what_is_no_object_keeps_its_own_bytes(body: bytes) -> None:
    assert structured({}, body) == body


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=6), st.binary(max_size=40))
def test_whatever_was_published_becomes_a_line(attributes: dict[str, str], body: bytes) -> None:
    line = structured({**attributes, "ce-specversion": "1.0"}, body)
    assert base64.b64decode(json.loads(line)["data_base64"]) == body


@given(st.binary(max_size=40))
def test_a_binary_message_reads_the_same_as_a_line(body: bytes) -> None:
    attributes = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/couriers/inpost",
        "ce-type": "awizo.courier.reported.v1",
        "ce-subject": "inpost",
        "ce-time": "2026-10-12T10:00:00Z",
    }
    assert seen(lambda: read_structured(structured(attributes, body))) == seen(lambda: read_binary(attributes, body))


def seen(read: Any) -> Any:
    try:
        return read()
    except BadEvent as error:
        return error.reason


@pytest.mark.parametrize("fields", [["data"], ["subscription_name", "message_id", "attributes", "data"]])
def test_an_archive_without_its_metadata_is_bad_input(fields: list[str], tmp_path: Path) -> None:
    schema = SCHEMA | {"fields": [field for field in SCHEMA["fields"] if field["name"] in fields]}  # type: ignore[index]
    kept = message(1, datetime.fromisoformat("2026-10-12T10:00:00+00:00"), b"{}")
    path = write(tmp_path / "orders.avro", [kept], schema)
    with pytest.raises(BadInput, match="write_metadata"):
        files([path])


@pytest.mark.parametrize("content", [b"", b"Obj\x01", b"not avro at all, and long enough to be looked at"])
def test_a_file_that_is_no_archive_is_bad_input(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "orders.avro"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="not an archive of a topic"):
        files([str(path)])


class Bucket(LocalFileSystem):
    """A file system of Beam's like that of `gs://`, kept on this machine."""

    @classmethod
    def scheme(cls) -> str:
        return "kept"

    def match(self, patterns: list[str], limits: list[int] | None = None) -> list[Any]:
        found = super().match([pattern.removeprefix("kept://") for pattern in patterns], limits)
        for result in found:
            for metadata in result.metadata_list:
                metadata.path = f"kept://{metadata.path}"
        return found

    def open(self, path: str, *arguments: Any, **named: Any) -> Any:
        return super().open(path.removeprefix("kept://"), *arguments, **named)


def test_files_in_a_bucket_are_found_and_read_packed_or_not(tmp_path: Path) -> None:
    kept = message(1, datetime.fromtimestamp(0, UTC), b"{}")
    (tmp_path / "awizo-orders").mkdir()
    write(tmp_path / "awizo-orders" / "orders.avro", [kept])
    with gzip.open(tmp_path / "awizo-orders" / "events.jsonl.gz", "wb") as packed:
        packed.write(b"one\ntwo\n")
    packed_path, archive_path = files([f"kept://{tmp_path}/**"])
    assert [line for _, _, line in lines(packed_path)] == [b"one", b"two"]
    assert list(lines(archive_path)) == [("orders.avro:1", 0, b"{}")]


def test_a_bucket_without_such_a_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        files([f"kept://{tmp_path}/*.avro"])


def test_a_bucket_that_cannot_be_read_here_says_what_is_missing() -> None:
    with pytest.raises(BadInput, match=r"extra `gcp`"):
        files(["nowhere://bucket/*.avro"])
