"""The bench's figures as a picture."""

from pathlib import Path
from typing import Any


def plot(found: dict[str, Any], path: Path) -> None:
    """Microseconds an event, side by side: what is ours and what is the framework's."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    costs = {
        "plain loop": found["loop"],
        "pipeline": found["pipeline"],
        "hops, loop": found["hops"]["loop"],
        "hops, pipeline": found["hops"]["pipeline"],
        "naive DoFns": found["naive"]["naive"],
    }
    bars = left.barh(list(costs), [cost["us_per_event"] for cost in costs.values()], color="#1f4e79")
    left.bar_label(bars, fmt="%.0f")
    left.set_xscale("log")
    left.margins(x=0.2)
    left.invert_yaxis()
    left.set_title(f"processor time an event (µs), {found['events']:,} events")
    states = found["state"]
    bars = right.barh(list(states), list(states.values()), color="#7a1f4b")
    right.bar_label(bars)
    right.margins(x=0.15)
    right.invert_yaxis()
    right.set_title("state (bytes)")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
