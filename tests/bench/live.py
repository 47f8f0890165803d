"""Live: from publishing to the provider's door, how many events a second, and how long a start takes after a month.

python -m tests.bench.live [--size tiny|small|full]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from connectors.clock import Clock
from connectors.log.publisher import Entry, entry_of
from connectors.log.store_log import StoreLog
from schemas.envelope import read_structured
from schemas.settings import SANDBOX as SANDBOX_URL
from schemas.settings import STORE
from schemas.times import DAY, HOUR, Millis, from_millis
from tests.bench import logs
from tests.bench.lives import SCANS, STEPS, Step, entry, steps
from tests.bench.measure import scratch
from tests.bench.stage import MORNING, Stage, stage
from tests.bench.steady import paced

RATE = 50
"""Events a second at which the latency is measured."""

GOALS = {"latency_p99_s": 1.5}
"""At most."""

SCANS_EACH = 8


class Size(NamedTuple):
    """Seconds at RATE; events of the flood that shows what is borne; orders a day of the month that is rebuilt."""

    seconds: int
    flood: int
    orders_a_day: int
    days: int


SIZES = {"tiny": Size(10, 160, 2, 3), "small": Size(30, 2_000, 30, 30), "full": Size(60, 8_000, 300, 30)}
"""`full`: a tenth of a shop of 3,000 orders a day; the whole is `--orders 3000`."""


def measure(size: str, orders_a_day: int | None = None) -> dict[str, Any]:
    """What a live run costs, and the figures that have goals."""
    chosen = SIZES[size]
    if orders_a_day is not None:
        chosen = chosen._replace(orders_a_day=orders_a_day)
    with scratch() as folder, stage(Path(folder)) as set_up:
        set_up.start()
        set_up.wait_until_live()
        found: dict[str, Any] = {"latency": latency(set_up, chosen.seconds)}
        found["sustained"] = sustained(set_up, chosen.flood)
    found["start_up"] = start_up(chosen.orders_a_day, chosen.days)
    figures = {
        "latency_p50_s": found["latency"]["all"]["p50_s"],
        "latency_p99_s": found["latency"]["all"]["p99_s"],
        "live_events_per_s": found["sustained"]["events_per_s"],
        "rebuild_events_per_s": found["start_up"]["whole"]["events_per_s"],
    }
    return found | {"figures": figures}


def missed(figures: dict[str, float]) -> list[str]:
    """The goals that were not reached."""
    return [f"{name}: {figures[name]}, goal at most {goal}" for name, goal in GOALS.items() if figures[name] > goal]


# --- latency


def latency(set_up: Stage, seconds: float) -> dict[str, Any]:
    """Seconds from before a scan is published to the request at the provider, by kind and of all."""
    coming, published = steps(RATE), dict[Step, Millis]()

    def publish(number: int) -> None:
        now, machine = set_up.clock.now(), set_up.clock.machine()
        some = [next(coming) for _ in range(number)]
        set_up.publish([entry(step, now) for step in some])
        published.update(dict.fromkeys(some, machine))

    paced(RATE, seconds, publish)
    set_up.wait_until_past(set_up.clock.now(), 120)
    sent = set_up.sent()
    waits: dict[str, list[float]] = {kind: [] for kind in SCANS.values() if kind}
    for step, machine in published.items():
        kind = SCANS.get(step.word, "")
        if kind and (step.order, kind) in sent:
            waits[kind].append((sent[step.order, kind] - machine) / 1000)
    everything = [wait for each in waits.values() for wait in each]
    found = {kind: shares(each) for kind, each in waits.items() if each}
    wanted = sum(bool(SCANS.get(step.word)) for step in published)
    return {"events": len(published), "wanted": wanted, "all": shares(everything)} | found


def shares(waits: list[float]) -> dict[str, float]:
    """The median, the worst of a hundred, the worst."""
    if not waits:
        raise RuntimeError("nothing reached a provider")
    waits = sorted(waits)
    last = len(waits) - 1
    return {
        "n": len(waits),
        "p50_s": round(waits[last // 2], 3),
        "p99_s": round(waits[round(last * 0.99)], 3),
        "max_s": round(waits[-1], 3),
    }


# --- how much is borne


def sustained(set_up: Stage, events: int) -> dict[str, float]:
    """Events a second that go through to the ledger and the providers, when there are always more."""
    abreast = events // len(STEPS)
    coming = steps(abreast)
    flood = [step._replace(order=f"L9{step.order[2:]}") for step, _ in zip(coming, range(events), strict=False)]
    cpu, begun = processor_s(set_up), time.monotonic()
    before = len(set_up.told)
    for begin in range(0, len(flood), abreast):  # a step of all orders at once: no two events of an order in one moment
        now = set_up.clock.now()
        set_up.publish([entry(step, now) for step in flood[begin : begin + abreast]])
        time.sleep(0.01)
    set_up.wait_until_past(set_up.clock.now(), 600)
    wall = time.monotonic() - begun
    return {
        "events": len(flood),
        "requests": len(set_up.told) - before,
        "events_per_s": round(len(flood) / wall, 1),
        "cpu_ms_an_event": round((processor_s(set_up) - cpu) / len(flood) * 1000, 3),
    }


def processor_s(set_up: Stage) -> float:
    """Processor time of the pipeline and its Prism."""
    assert set_up.process is not None
    parent = set_up.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
    return sum(_processor_s(int(process)) for process in (parent, *children))


def _processor_s(process: int) -> float:
    after = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(after[11]) + int(after[12])) / os.sysconf("SC_CLK_TCK")


# --- starting


def start_up(orders_a_day: int, days: int) -> dict[str, Any]:
    """A month's log rebuilt whole, then a further day's, each in a process of its own; then a start of the run."""
    with scratch() as folder, stage(Path(folder)) as set_up:
        begin = MORNING - days * DAY
        whole = fill(set_up, logs.log(orders_a_day * days, SCANS_EACH, days=days), begin)
        first = rebuilt(set_up, MORNING)
        day = fill(set_up, logs.log(orders_a_day, SCANS_EACH, seed=2, days=1, prefix="D"), MORNING, MORNING + DAY)
        second = rebuilt(set_up, MORNING + DAY)
        set_up.clock.set(Clock(MORNING + DAY, set_up.clock.machine(), 1.0))
        begun = time.monotonic()
        set_up.start()
        set_up.wait_until_live(600)
        return {
            "orders_a_day": orders_a_day,
            "days": days,
            "whole": first | {"events": whole, "events_per_s": round(whole / first["wall_s"], 1)},
            "one_more_day": second | {"events": day},
            "start_to_live_s": round(time.monotonic() - begun, 1),
        }


def fill(set_up: Stage, lines: list[bytes], begin: Millis, until: Millis = MORNING) -> int:
    """Put lines into the log as if they had been recorded from `begin` on; how many there were until then."""
    moment = begin
    log = StoreLog(set_up.store, lambda: moment)
    shift = begin - read_structured(lines[0]).occurred_at
    done, hour = 0, list[Entry]()
    for at, line in _moved(lines, shift):
        if at > until:
            break
        if at >= moment + HOUR:
            log.publish(hour)
            done, hour, moment = done + len(hour), [], at
        hour.append(entry_of(line))
    log.publish(hour)
    return done + len(hour)


def _moved(lines: list[bytes], shift: Millis) -> Iterator[tuple[Millis, bytes]]:
    for line in lines:
        event = json.loads(line)
        at = read_structured(line).occurred_at + shift
        event["time"] = from_millis(at).isoformat()
        if event["type"] == "awizo.courier.reported.v1":
            event["data"]["event_ts"] = from_millis(at).strftime("%Y-%m-%d %H:%M:%S +0000")
        yield at, json.dumps(event, separators=(",", ":")).encode()


def rebuilt(set_up: Stage, cut_off: Millis) -> dict[str, float]:
    """What `awizo rebuild` costs up to a cut-off: seconds, and the most memory that it held."""
    environment = {**os.environ, STORE.name: set_up.url, SANDBOX_URL.name: set_up.sandbox.address.url}
    until = from_millis(cut_off).isoformat()
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "rebuild", "--until", until]
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        most = max(most, _most_kb(process.pid))  # what the kernel says at the end counts this process's own before exec
        time.sleep(0.1)
    _, status, used = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"awizo rebuild ended with {process.returncode}")
    return {
        "wall_s": round(time.monotonic() - begun, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "most_mb": round(most / 1024, 1),
    }


def _most_kb(process: int) -> int:
    """The most memory that a process has held since it began its program."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="tests.bench.live", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--orders", type=int, help="Orders a day of the month that is rebuilt.")
    parser.add_argument("--only", choices=("all", "start-up"), default="all")
    chosen = parser.parse_args(arguments)
    if chosen.only == "start-up":
        size = SIZES[chosen.size]
        print(json.dumps(start_up(chosen.orders or size.orders_a_day, size.days), indent=2))
    else:
        print(json.dumps(measure(chosen.size, chosen.orders), indent=2))


if __name__ == "__main__":
    main()
