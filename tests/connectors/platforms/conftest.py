"""Golden webhooks: every file under `golden/<platform>/` is a test case of the contract; nothing here names a platform.

Beside `<name>.json` stands `<name>.expected.json`: {"topic", "webhooks": the bundle's section, "events": [{"type",
"id", "time", "data"}], "unread": [{"place", "reason"}]}. `python tests/connectors/platforms/conftest.py` writes what
they read as today: look at the difference before you keep it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from connectors.platforms.platform import Shop, Told
from connectors.platforms.registry import PLATFORMS, read, shop_of
from schemas.webhooks import Unread, Webhooks

HERE = Path(__file__).parent / "golden"
DAMAGE: tuple[Any, ...] = (None, "", 0, [], {}, 7, [7], "x", -1, True)
RECEIVED = 1_792_000_000_000
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Golden:
    """One webhook, and how it can be damaged in one place."""

    platform: str
    name: str
    body: bytes

    @cached_property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((HERE / self.platform / f"{self.name}.expected.json").read_bytes())
        return found

    @property
    def topic(self) -> str:
        return str(self.expected["topic"])

    @property
    def shop(self) -> Shop:
        webhooks = Webhooks.model_validate(self.expected["webhooks"])
        return shop_of("sowa", "pl", PLATFORMS[self.platform].id, webhooks)

    def read(self, body: bytes | None = None) -> list[Told]:
        return list(read(self.shop, self.topic, self.body if body is None else body, RECEIVED))

    def said(self) -> dict[str, Any]:
        """What it reads as today, as the expectation is written."""
        told = self.read()
        events = [json.loads(one) for one in told if not isinstance(one, Unread)]
        unread = [{"place": one.place, "reason": one.reason} for one in told if isinstance(one, Unread)]
        fields = ("type", "id", "time", "data")
        return {"events": [{name: one[name] for name in fields} for one in events], "unread": unread}

    def damaged(self) -> Iterator[bytes]:
        """The payload damaged in each place, in each way, one at a time."""
        for place in _places(json.loads(self.body)):
            *way, last = place
            changed = json.loads(self.body)
            owner = changed
            for step in way:
                owner = owner[step]
            for value in DAMAGE:
                owner[last] = value
                yield json.dumps(changed).encode()
            if isinstance(last, str):
                del owner[last]
                yield json.dumps(changed).encode()


def _places(payload: Any, so_far: Steps = ()) -> Iterator[Steps]:
    inside = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    for key, value in inside:
        yield (*so_far, key)
        yield from _places(value, (*so_far, key))


def _goldens() -> list[Golden]:
    files = [file for file in sorted(HERE.glob("*/*.json")) if not file.name.endswith(".expected.json")]
    return [Golden(file.parent.name, file.stem, file.read_bytes()) for file in files]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`golden`: each webhook. `platform`: each of the registry."""
    if "golden" in metafunc.fixturenames:
        goldens = _goldens()
        metafunc.parametrize("golden", goldens, ids=[f"{golden.platform}/{golden.name}" for golden in goldens])
    if "platform" in metafunc.fixturenames:
        metafunc.parametrize("platform", list(PLATFORMS.values()), ids=list(PLATFORMS))


@pytest.fixture
def goldens() -> list[Golden]:
    """All golden webhooks."""
    return _goldens()


if __name__ == "__main__":
    for one in _goldens():
        kept = {name: one.expected[name] for name in ("topic", "webhooks")}
        text = json.dumps(kept | one.said(), indent=1, ensure_ascii=False) + "\n"
        (HERE / one.platform / f"{one.name}.expected.json").write_text(text, encoding="utf-8")
