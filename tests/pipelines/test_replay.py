"""The whole graph over a piece of the demo's log: held against a plain fold, shuffled, doubled, cut, and run again."""

import gzip
import json
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.shops import load_shops
from couriers.registry import read
from pipelines.cli import main
from pipelines.commands.replay import load_faults, moment
from pipelines.graph import ACTORS, Log
from pipelines.lines import files, lines
from pipelines.replay import Wanted, replay
from schemas.errors import BadInput
from schemas.messages import Decision, Notice
from schemas.settings import Keys, keys_of
from schemas.times import HOUR
from schemas.wire import unpack_items, unpack_record
from tests.bench.loop import run as fold

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "infra" / "demo"
KEYS: Keys = keys_of("a key for tests only")
ORDERS = ("10401", "10402", "10406", "7701")

Row = dict[str, Any]


@pytest.fixture(scope="module")
def piece() -> list[bytes]:
    """The lines of four orders and of their parcels, three heartbeats, and a line that is none."""
    every = (DEMO / "events.jsonl").read_bytes().splitlines()
    own = [line for line in every if any(f'"order":"{order}"'.encode() in line for order in ORDERS)]
    numbers = {json.loads(line)["data"]["number"] for line in own if b"awizo.shipment." in line}
    parcels = [line for line in every if b"reported" in line and any(number.encode() in line for number in numbers)]
    return [*own, *parcels, *[line for line in every if b"heartbeat" in line][:3], b"not an event"]


def replayed(folder: Path, log: list[bytes], **wanted: Any) -> Path:
    folder.mkdir()
    path = folder / "events.jsonl"
    path.write_bytes(b"\n".join(log) + b"\n")
    replay(Wanted((str(path),), DEMO / "shops", folder / "out", **{"until": "quiet", **wanted}), KEYS)
    return folder / "out"


def rows(out: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in (out / f"{name}.jsonl").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def out(piece: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return replayed(tmp_path_factory.mktemp("once") / "run", piece)


def test_a_replay_leaves_all_its_files(out: Path) -> None:
    names = ("messages", "decisions", "parcels", "orders", "outcomes", "dead_letters")
    assert all(rows(out, name) for name in names)
    assert {row["order"] for row in rows(out, "orders")} == set(ORDERS)
    assert "<html" in (out / "index.html").read_text(encoding="utf-8")
    assert json.loads((out / "summary.json").read_bytes())["orders"] == len(ORDERS)


def test_every_message_was_sent_once_and_every_slot_decided_once(out: Path) -> None:
    outcomes = rows(out, "outcomes")
    assert len(outcomes) == len({row["key"] for row in outcomes}) == len(rows(out, "messages"))
    assert {row["reason"] for row in outcomes if row["state"] != "sent"} <= {"superseded", "told_before"}
    sent = [
        (row["recipient"], row["channel"], *slot.values())
        for row in outcomes
        for slot in row["slots"]
        if row["state"] == "sent"
    ]
    assert len(sent) == len(set(sent))
    slots = [
        (row["shop"], row["recipient"], row["subject"], row["kind"], row["occurrence"])
        for row in rows(out, "decisions")
    ]
    assert len(slots) == len(set(slots))


def test_the_graph_decides_what_a_plain_fold_decides(piece: list[bytes], out: Path) -> None:
    bundles = load_shops(DEMO / "shops")
    said, records = fold(piece, Log((), bundles, KEYS, read, "quiet").door, bundles, ACTORS, "quiet")
    decided = [record for record in map(unpack_record, records) if isinstance(record, Decision)]
    notices = [item for values in said.values() for value in values for item in unpack_items(value)]
    assert len(decided) == len(rows(out, "decisions"))
    folded = sorted((n.recipient, n.kind, n.slots[0].occurrence, n.at) for n in notices if isinstance(n, Notice))
    assert len(folded) == len(rows(out, "messages"))
    assert sorted(n[:3] for n in folded) == sorted(
        (row["recipient"], row["kind"], row["slots"][0]["occurrence"]) for row in rows(out, "messages")
    )


def test_shuffled_and_doubled_lines_decide_and_say_the_same_bytes(
    piece: list[bytes], out: Path, tmp_path: Path
) -> None:
    shuffled = random.Random(3).sample(piece * 2, 2 * len(piece))
    again = replayed(tmp_path / "run", shuffled)
    for name in ("messages.jsonl", "decisions.jsonl", "orders.jsonl", "parcels.jsonl"):
        assert (again / name).read_bytes() == (out / name).read_bytes(), name


def test_the_same_log_into_the_same_folder_sends_nothing_twice(piece: list[bytes], tmp_path: Path) -> None:
    first = replayed(tmp_path / "run", piece)
    before = (first / "outcomes.jsonl").read_bytes()
    replay(Wanted((str(tmp_path / "run" / "events.jsonl"),), DEMO / "shops", first, until="quiet"), KEYS)
    assert (first / "outcomes.jsonl").read_bytes() == before


def test_what_would_have_been_said_before_from_is_left_out(piece: list[bytes], out: Path, tmp_path: Path) -> None:
    cut = moment("2026-10-14T12:00:00+02:00", "--from")
    late = replayed(tmp_path / "run", piece, since=cut)
    expected = [row for row in rows(out, "decisions") if moment(row["at"], "") >= cut]
    assert 0 < len(expected) < len(rows(out, "decisions"))
    assert rows(late, "decisions") == expected


def test_a_replay_until_a_moment_knows_nothing_of_what_comes_later(
    piece: list[bytes], out: Path, tmp_path: Path
) -> None:
    end = moment("2026-10-14T12:00:00+02:00", "--until")
    early = replayed(tmp_path / "run", piece, until=end)
    assert rows(early, "messages")
    assert all(moment(row["at"], "") <= end for row in rows(early, "messages"))
    final = [row for row in rows(early, "decisions") if "held" not in row["verdicts"].values()]
    assert all(row in rows(out, "decisions") for row in final)


def test_a_log_can_be_packed_and_named_by_a_pattern(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "b.jsonl.gz", "wb") as packed:
        packed.write(b"one\n\n two\r\n")
    (tmp_path / "a.jsonl").write_bytes(b"three")
    found = files([str(tmp_path / "*.jsonl*"), str(tmp_path / "a.jsonl")])
    assert [line for path in found for line in lines(path)] == [
        ("a.jsonl:1", 0, b"three"),
        ("b.jsonl.gz:1", 0, b"one"),
        ("b.jsonl.gz:3", 0, b" two"),
    ]


def test_a_pattern_without_files_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        files([str(tmp_path / "none*")])


def test_a_time_without_a_zone_is_bad_input() -> None:
    with pytest.raises(BadInput, match="--until"):
        moment("2026-10-14T12:00:00", "--until")


def test_faults_are_read_with_their_hours(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"what": "limit", "since": "2026-10-20T09:00:00+02:00", "until": "2026-10-20T10:00:00+02:00"}]')
    (fault,) = load_faults(path)
    assert fault.until - fault.since == HOUR


@pytest.mark.parametrize("text", ["[{}]", "[1]", "{", '[{"what": "dance"}]', '[{"what": "limit", "since": "noon"}]'])
def test_what_is_not_a_list_of_faults_is_bad_input(text: str, tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(BadInput, match="not a list of faults"):
        load_faults(path)


def test_nothing_that_a_replay_prints_or_logs_is_personal(
    piece: list[bytes],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(piece))
    with pytest.raises(SystemExit):
        main(["replay", str(path), "--shops", str(DEMO / "shops"), "--out", str(tmp_path / "out"), "--until", "quiet"])
    said = "".join((*capfd.readouterr(), caplog.text))
    people = {str(value) for line in piece[:-1] for value in personal(json.loads(line)["data"])}
    assert len(people) >= 8
    assert not [value for value in people if value in said]


def personal(data: Any) -> Iterator[str]:
    """Phones and e-mails anywhere in an event's data."""
    if isinstance(data, list):
        for item in data:
            yield from personal(item)
    if isinstance(data, dict):
        yield from (value for name, value in data.items() if name in ("phone", "email") and value)
        for value in data.values():
            yield from personal(value)


def test_the_command_says_how_it_went_and_refuses_what_is_missing(
    piece: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(piece[:3]))
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "SENDGRID_API_KEY", "AWIZO_STORE", "DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql://nowhere.invalid/production")
    shops, into = str(DEMO / "shops"), str(tmp_path / "out")
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(path), "--shops", shops, "--out", into])
    assert ended.value.code == 0
    assert "index.html" in capsys.readouterr().out
    with pytest.raises(SystemExit) as refused:
        main(["replay", str(tmp_path / "none.jsonl"), "--shops", shops, "--out", into])
    assert refused.value.code == 2


def broken_reader(courier: str, body: bytes, *, via: str) -> Iterator[Any]:
    raise KeyError("a bug of ours")


def test_a_failure_of_our_own_code_buries_its_event_and_shows_in_the_exit_code(
    piece: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("couriers.overrides.read", broken_reader)
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(piece))
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(path), "--shops", str(DEMO / "shops"), "--out", str(tmp_path / "out")])
    assert ended.value.code == 1
    assert "failures of Awizo's own code" in capsys.readouterr().err
    assert rows(tmp_path / "out", "messages")
    reasons = {row["reason"] for row in rows(tmp_path / "out", "dead_letters")}
    assert any(reason.startswith("KeyError at test_replay.py:") for reason in reasons)
