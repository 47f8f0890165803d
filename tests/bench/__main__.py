"""`make bench`: throughput, state size and start-up, as ratios within one run.

python -m tests.bench --out DIR [--size tiny|small|full]
"""

import argparse
import json
import logging
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench import doors, live, reading, sending, sizes
from tests.bench.hops import HOPS
from tests.bench.measure import Case, scratch, start_up
from tests.bench.plot import plot
from tests.bench.profiling import profile


class Size(NamedTuple):
    """How much is measured. `naive`: parcels for the naive DoFns, which are too slow for more; `tenth`: parcels of the
    smaller of two runs that show growth."""

    parcels: int
    scans: int
    naive: int
    tenth: int


SIZES = {
    "tiny": Size(parcels=10, scans=4, naive=3, tenth=2),
    "small": Size(parcels=1000, scans=8, naive=100, tenth=100),
    "full": Size(parcels=5200, scans=8, naive=500, tenth=520),
}

GOALS = {
    "pipeline_to_loop": ("at least", 0.5),
    "pipeline_to_naive": ("at least", 5.0),
    "hops_overhead_us": ("at most", 80.0),
    "track_30_scans_bytes": ("at most", 1024),
    "plan_order_bytes": ("at most", 1024),
    "help_s": ("at most", 0.3),
}


def measure(size: Size) -> dict[str, Any]:
    """All measures of one size."""
    with scratch() as folder:
        case = Case.of(size.parcels, size.scans, folder)
        Case.of(2, 2, folder).by_pipeline()  # what the first pipeline of a process imports is not an event's cost
        loop, pipeline = case.by_loop(), case.by_pipeline()
        hops_loop, hops = case.by_loop(HOPS), case.by_pipeline(HOPS)
        part = Case.of(size.naive, size.scans, folder)
        part_pipeline, naive = part.by_pipeline(), part.by_naive()
        found = {
            "events": len(case.lines),
            "parcels": size.parcels,
            "mean_bytes": round(sum(map(len, case.lines)) / len(case.lines)),
            "loop": loop.plain,
            "pipeline": pipeline.plain,
            "hops": {"loop": hops_loop.plain, "pipeline": hops.plain},
            "naive": {"naive": naive.plain, "pipeline": part_pipeline.plain},
            "growth": growth(size, folder),
            "state": state(case),
            "start_up": start_up(),
        }
    return found | {"figures": figures(found)}


def growth(size: Size, folder: str) -> dict[str, Any]:
    """Microseconds an event at ten times the keys and at ten times the scans a parcel."""
    few_keys = Case.of(size.tenth, size.scans, folder)
    many_scans = Case.of(size.tenth, size.scans * 10, folder)
    return {
        "tenth_of_keys_us": few_keys.by_pipeline().us_per_event,
        "ten_times_scans_us": many_scans.by_pipeline().us_per_event,
        "ten_times_scans_loop_us": many_scans.by_loop().us_per_event,
    }


def state(case: Case) -> dict[str, int]:
    """Bytes of state."""
    whole, an_order = sizes.of_an_open_order(case.log, 5)
    return {
        "track_8_scans": sizes.of_a_parcel(case.log, 8),
        "track_30_scans": sizes.of_a_parcel(case.log, 30),
        "track_80_scans": sizes.of_a_parcel(case.log, 80),
        "plan_5_orders": whole,
        "plan_each_further_order": an_order,
    }


def figures(found: dict[str, Any]) -> dict[str, float]:
    """The figures that have goals."""
    hops, naive = found["hops"], found["naive"]
    return {
        "pipeline_to_loop": round(found["loop"]["us_per_event"] / found["pipeline"]["us_per_event"], 3),
        "pipeline_overhead_us": round(found["pipeline"]["us_per_event"] - found["loop"]["us_per_event"], 1),
        "hops_overhead_us": round(hops["pipeline"]["us_per_event"] - hops["loop"]["us_per_event"], 1),
        "pipeline_to_naive": round(naive["naive"]["us_per_event"] / naive["pipeline"]["us_per_event"], 2),
        "track_30_scans_bytes": found["state"]["track_30_scans"],
        "plan_order_bytes": found["state"]["plan_each_further_order"],
        "help_s": found["start_up"]["help_s"],
    }


def missed(found: dict[str, float]) -> list[str]:
    """The goals that were not reached."""
    return [
        f"{name}: {found[name]}, goal {how} {goal}"
        for name, (how, goal) in GOALS.items()
        if (found[name] < goal if how == "at least" else found[name] > goal)
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure, write `bench.json` and `bench.png`, and, if a goal is missed, `profile.txt`."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", choices=SIZES, default="full")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    chosen.out.mkdir(parents=True, exist_ok=True)
    found = measure(SIZES[chosen.size])
    found["sending"] = sending.measure(chosen.size)
    found["reading"] = reading.measure(chosen.size)
    found["doors"] = doors.measure(chosen.size)
    found["live"] = live.measure(chosen.size)
    found["missed"] = missed(found["figures"]) + sending.missed(found["sending"]["figures"])
    found["missed"] += reading.missed(found["reading"]) + doors.missed(found["doors"]["figures"])
    found["missed"] += live.missed(found["live"]["figures"])
    (chosen.out / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    plot(found, chosen.out / "bench.png")
    if found["missed"]:
        size = SIZES[chosen.size]
        with scratch() as folder:
            case = Case.of(size.tenth, size.scans, folder)
            (chosen.out / "profile.txt").write_text(profile(case.by_pipeline))
    rooms = [found, found["sending"], found["reading"], found["doors"], found["live"]]
    print(json.dumps({name: figure for room in rooms for name, figure in room["figures"].items()}, indent=2))
    print("\n".join(found["missed"]) or "all goals reached")


if __name__ == "__main__":
    main()
