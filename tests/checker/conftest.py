"""The demo as the checker takes it: its log, its shops' bundles, and what its replay left behind."""

from pathlib import Path
from typing import Protocol

import pytest
from checking.run import Outputs, read_outputs

from connectors.shops import load_shops
from schemas.shops import Bundle

DEMO = Path(__file__).parents[2] / "infra" / "demo"


class Replayed(Protocol):
    out: Path


@pytest.fixture(scope="session")
def demo_log() -> list[bytes]:
    return (DEMO / "events.jsonl").read_bytes().splitlines()


@pytest.fixture(scope="session")
def bundles() -> dict[str, dict[str, Bundle]]:
    return load_shops(DEMO / "shops")


@pytest.fixture(scope="session")
def demo_run(replayed: Replayed) -> Outputs:
    return read_outputs(replayed.out)
