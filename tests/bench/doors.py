"""The doors: how many posts of couriers a gateway takes, each durable when it is answered, and how long one waits.

python -m tests.bench.doors [--size tiny|small|full]

The gateway is `awizo gateway` in a process of its own, the senders are another process. Every post has a signature that
is checked and a body of its own. Besides what passes in a second, the gateway's processor time a post is told: other
work on the machine does not change that.
"""

import argparse
import asyncio
import hmac
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from tests.bench.measure import scratch
from tests.bench.sending import _environment, postgres

SECRET = "a-secret-for-the-bench"
CONNECTIONS = 64
GOAL_PER_S = 1_000
GOALS = {"doors_per_s": ("at least", GOAL_PER_S), "doors_p99_ms_at_half": ("at most", 50.0)}


class Size(NamedTuple):
    """Posts as fast as they go; seconds at half the goal."""

    posts: int
    seconds: int


SIZES = {"tiny": Size(200, 1), "small": Size(5_000, 5), "full": Size(30_000, 20)}


def measure(size: str) -> dict[str, Any]:
    """What a gateway takes on each store, and the figures that have goals."""
    chosen = SIZES[size]
    with scratch() as folder:
        found = {"sqlite": _measure(f"sqlite:///{folder}/doors.db", chosen)}
    with postgres() as url:
        found["postgres"] = _measure(url, chosen)
    figures = {
        "doors_per_s": found["postgres"]["per_s"],
        "doors_p99_ms_at_half": found["postgres"]["at_half"]["p99_ms"],
        "doors_cpu_us": found["postgres"]["cpu_us"],
        "doors_sqlite_per_s": found["sqlite"]["per_s"],
        "doors_sqlite_p99_ms_at_half": found["sqlite"]["at_half"]["p99_ms"],
    }
    return found | {"figures": figures}


def missed(figures: dict[str, float]) -> list[str]:
    """The goals that were not reached."""
    return [
        f"{name}: {figures[name]}, goal {how} {goal}"
        for name, (how, goal) in GOALS.items()
        if (figures[name] < goal if how == "at least" else figures[name] > goal)
    ]


def _measure(store: str, size: Size) -> dict[str, Any]:
    with gateway(store) as (process, port):
        _load(port, "warm", CONNECTIONS * 4, 0)
        memory, cpu = process.memory_info().rss, sum(process.cpu_times()[:2])
        fast = _load(port, "fast", size.posts, 0)
        cpu = sum(process.cpu_times()[:2]) - cpu
        half = _load(port, "half", size.seconds * GOAL_PER_S // 2, GOAL_PER_S // 2)
        grown = process.memory_info().rss - memory
    return {
        "per_s": fast["per_s"],
        "p99_ms": fast["p99_ms"],
        "cpu_us": round(cpu / size.posts * 1e6),
        "at_half": half,
        "memory_grown_mib": round(grown / 2**20, 1),
    }


@contextmanager
def gateway(store: str) -> Iterator[tuple[psutil.Process, int]]:
    """A gateway as real people's: a store of its accounts, every commit flushed; its process and port."""
    environment = (
        os.environ
        | _environment(store, "http://127.0.0.1:9", 8)
        | {
            "AWIZO_GATEWAY_URL": "https://hooks.awizo.example",
            "AWIZO_COURIER_WEBHOOKS": "easypost",
            "AWIZO_EASYPOST_SECRETS": SECRET,
            "AWIZO_GATEWAY_RATE": "0",
        }
    )
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "gateway", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"listening on http://[\d.]+:(\d+)", said)
        if found is None:
            raise RuntimeError(said + process.stderr.read())
        try:
            yield psutil.Process(process.pid), int(found.group(1))
        finally:
            process.kill()


def _load(port: int, name: str, posts: int, rate: int) -> dict[str, float]:
    """Senders in a process of their own; `rate`: posts a second, 0 as fast as they are answered."""
    asked = [sys.executable, "-m", "tests.bench.doors", "--load", str(port), name, str(posts), str(rate)]
    done = subprocess.run(asked, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    found: dict[str, float] = json.loads(done.stdout)
    return found


# --- the senders


def load(port: int, name: str, posts: int, rate: int) -> dict[str, float]:
    """Posts by 64 connections. With a rate each has its moment, and its time counts from then on: who had to wait for a
    connection waited for the gateway."""
    ready = [_request(f"{name}-{number}") for number in range(posts)]
    waits, wall = asyncio.run(_send(port, ready, rate))
    waits.sort()
    return {
        "per_s": round(posts / wall, 1),
        "p50_ms": round(waits[len(waits) // 2] * 1e3, 2),
        "p99_ms": round(waits[int(len(waits) * 0.99)] * 1e3, 2),
        "most_ms": round(waits[-1] * 1e3, 2),
    }


async def _send(port: int, ready: Sequence[bytes], rate: int) -> tuple[list[float], float]:
    waits: list[float] = []
    begun = time.perf_counter()
    numbers = iter(range(len(ready)))

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            due = begun + number / rate if rate else time.perf_counter()
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            writer.write(ready[number])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            waits.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*(sender() for _ in range(min(CONNECTIONS, len(ready)))))
    return waits, time.perf_counter() - begun


def _request(name: str) -> bytes:
    """A tracker's update as EasyPost sends it: about a kilobyte."""
    details = [
        {"status": "in_transit", "message": f"scan {n}", "tracking_location": {"city": "Łódź"}} for n in range(9)
    ]
    result = {"id": name, "tracking_code": name, "status": "in_transit", "tracking_details": details}
    body = json.dumps({"id": f"evt_{name}", "description": "tracker.updated", "result": result}).encode()
    signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
    head = (
        "POST /couriers/easypost HTTP/1.1\r\nHost: hooks.awizo.example\r\nContent-Type: application/json\r\n"
        f"X-Hmac-Signature: hmac-sha256-hex={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Measure the doors alone; --load is what the senders' process is asked."""
    parser = argparse.ArgumentParser(prog="tests.bench.doors")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--load", nargs=4, metavar=("PORT", "NAME", "POSTS", "RATE"))
    chosen = parser.parse_args()
    if chosen.load:
        port, name, posts, rate = chosen.load
        print(json.dumps(load(int(port), name, int(posts), int(rate))))
        return
    found = measure(chosen.size)
    print(json.dumps(found, indent=2))
    print("\n".join(missed(found["figures"])) or "all goals reached")


if __name__ == "__main__":
    main()
