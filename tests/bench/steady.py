"""Half an hour at a steady rate: is the memory of each process flat, and the lag bounded?

python -m tests.bench.steady [--minutes 30] [--rate 20] [--pace 8640]

What is held of a parcel goes weeks after its end, so that at life's own pace half an hour only shows how much an open
order takes. At 8,640 times that pace ten seconds are a day: after some minutes as many orders go as come.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.lives import entry, steps
from tests.bench.measure import scratch
from tests.bench.stage import Stage, stage

LOOK_SECONDS = 10
WARM = 1 / 3
"""The part of the time after which memory should be flat."""

Row = dict[str, Any]


def paced(rate: float, seconds: float, do: Callable[[int], None]) -> None:
    """Call `do` with how many events are due since the last call, until the time is over."""
    begun, done = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        due = int(passed * rate) - done
        if due:
            do(due)
            done += due
        time.sleep(0.02)


def processes(parent: int) -> dict[str, int]:
    """The pipeline's process and Prism's: name -> kilobytes of memory that they hold."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
    return {"pipeline": _resident(parent), "prism": sum(_resident(int(child)) for child in children)}


def _resident(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def run(set_up: Stage, rate: float, minutes: float) -> Iterator[Row]:
    """Look at the processes each ten seconds while events come at this rate."""
    set_up.start()
    set_up.wait_until_live()
    assert set_up.process is not None
    coming, begun = steps(max(int(rate), 1)), time.monotonic()
    published = 0

    def publish(number: int) -> None:
        nonlocal published
        now = set_up.clock.now()
        set_up.publish([entry(next(coming), now) for _ in range(number)])
        published += number

    while (passed := time.monotonic() - begun) < minutes * 60:
        paced(rate, LOOK_SECONDS, publish)
        taken = len(set_up.told)
        memory = processes(set_up.process.pid)
        yield {"s": round(passed), "published": published, "requests": taken, "lag_s": set_up.lag_s(), **memory}


def summary(rows: list[Row]) -> dict[str, Any]:
    """How memory and lag went after the first third."""
    warm = rows[int(len(rows) * WARM) :]
    lags = sorted(row["lag_s"] for row in warm)
    found: dict[str, Any] = {"events": rows[-1]["published"], "requests": rows[-1]["requests"]}
    for name in ("pipeline", "prism"):
        first, last = _mean(warm[: len(warm) // 4 or 1], name), _mean(warm[-(len(warm) // 4 or 1) :], name)
        minutes = (warm[-1]["s"] - warm[0]["s"]) * 0.75 / 60 or 1
        per_order = (last - first) * 1024 / max((warm[-1]["published"] - warm[0]["published"]) * 0.75 / 8, 1)
        found[name] = {
            "mb_at_a_third": round(first / 1024, 1),
            "mb_at_the_end": round(last / 1024, 1),
            "mb_a_minute": round((last - first) / 1024 / minutes, 2),
            "bytes_an_order": round(per_order),
        }
    return found | {"lag_p50_s": round(lags[len(lags) // 2], 2), "lag_max_s": round(lags[-1], 2)}


def _mean(rows: list[Row], name: str) -> float:
    return float(sum(row[name] for row in rows)) / len(rows)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print a line each look, and the summary in the end."""
    parser = argparse.ArgumentParser(prog="tests.bench.steady", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=20, help="Events a second of the machine.")
    parser.add_argument("--pace", type=float, default=1, help="How many times faster than the machine's the clock is.")
    chosen = parser.parse_args(arguments)
    rows: list[Row] = []
    with scratch() as folder, stage(Path(folder), pace=chosen.pace) as set_up:
        for row in run(set_up, chosen.rate, chosen.minutes):
            rows.append(row)
            print(json.dumps(row), flush=True)
    print(json.dumps(summary(rows), indent=2))


if __name__ == "__main__":
    main()
