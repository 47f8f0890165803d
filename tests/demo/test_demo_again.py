"""The demo once more: shuffled and doubled, under production's settings, watched at the door to the network."""

import io
import logging
import random
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from pipelines.cli import awizo

DEMO = Path(__file__).parents[2] / "infra" / "demo"


class Replayed(Protocol):
    out: Path


class Again(NamedTuple):
    """The folder, the hosts that were called, and all that was printed or logged, at whatever level."""

    out: Path
    called: set[str]
    said: str


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that is not to be touched."""
    store = tmp_path_factory.mktemp("production") / "store.db"
    engine = create_engine(f"sqlite:///{store}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (what TEXT)"))
    engine.dispose()
    return store


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory, production: Path) -> Again:
    """The demo's log shuffled, every line twice, replayed with production's settings around it."""
    folder = tmp_path_factory.mktemp("again")
    lines = (DEMO / "events.jsonl").read_bytes().splitlines() * 2
    random.Random(25).shuffle(lines)
    (folder / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    asked = ["replay", folder / "events.jsonl", "--shops", DEMO / "shops", "--faults", DEMO / "faults.json"]
    settings = {
        "AWIZO_STORE": f"sqlite:///{production}",
        "AWIZO_SMS_ROUTES": "twilio",
        "AWIZO_EMAIL_ROUTES": "sendgrid",
        "AWIZO_TWILIO_ACCOUNT": "AC" + "0" * 32,
        "AWIZO_TWILIO_TOKEN": "not a real token",
        "AWIZO_SENDGRID_API_KEY": "SG.not.real",
        "HTTPS_PROXY": "http://192.0.2.1:3128",
    }
    called: set[Any] = set()
    logged, root = io.StringIO(), logging.getLogger()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(root, "level", logging.DEBUG)
        patch.setattr(root, "handlers", [logging.StreamHandler(logged)])
        connect = socket.socket.connect

        def watched(self: socket.socket, address: Any) -> None:
            called.add(address[0] if isinstance(address, tuple) else address)
            connect(self, address)

        patch.setattr(socket.socket, "connect", watched)
        for name, value in settings.items():
            patch.setenv(name, value)
        done = CliRunner().invoke(awizo, [*map(str, asked), "--until", "quiet", "--out", str(folder / "out")])
    assert done.exit_code == 0, done.output
    return Again(folder / "out", {str(host) for host in called}, done.output + logged.getvalue())


@pytest.mark.parametrize("name", ["messages", "decisions", "outcomes", "parcels", "orders"])
def test_shuffled_and_doubled_the_demo_gives_the_same_bytes(name: str, again: Again, replayed: Replayed) -> None:
    assert (again.out / f"{name}.jsonl").read_bytes() == (replayed.out / f"{name}.jsonl").read_bytes()


def test_a_replay_calls_nobody_outside_this_machine(again: Again) -> None:
    assert again.called
    assert again.called <= {"127.0.0.1", "::1", "localhost"}


def test_nothing_that_the_whole_replay_prints_or_logs_is_personal(again: Again) -> None:
    people = {value for line in (DEMO / "events.jsonl").read_bytes().splitlines() for value in _personal(line)}
    assert len(people) > 120
    assert len(again.said) > 10_000
    assert [value for value in sorted(people) if value in again.said] == []
    assert re.findall(r"[\w.-]+@[\w-]+\.\w+|\+\d{9,}", again.said) == []


def _personal(line: bytes) -> Iterator[str]:
    """Phones and e-mails anywhere in a line, also of one that cannot be used."""
    yield from re.findall(r'"(?:phone|email)": ?"([^"]{6,})"', line.decode(errors="replace"))


def test_a_replay_leaves_production_s_store_untouched(again: Again, production: Path) -> None:
    engine = create_engine(f"sqlite:///{production}")
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master")).scalars().all()
    engine.dispose()
    assert tables == ["kept"]
