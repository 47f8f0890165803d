"""Where the pipeline's time goes: a profile of all bundles and of the runner between them."""

import cProfile
import io
import pstats
import threading
from collections.abc import Callable


def profile(run: Callable[[], object], lines: int = 40) -> str:
    """The functions that took most time of their own, worker threads included."""
    profiles: list[cProfile.Profile] = []
    begin = threading.Thread.run

    def profiled(thread: threading.Thread) -> None:
        mine = cProfile.Profile()
        profiles.append(mine)
        mine.runcall(begin, thread)

    threading.Thread.run = profiled  # type: ignore[method-assign]
    here = cProfile.Profile()
    try:
        here.runcall(run)
    finally:
        threading.Thread.run = begin  # type: ignore[method-assign]
    return _printed([here, *profiles], lines)


def _printed(profiles: list[cProfile.Profile], lines: int) -> str:
    out = io.StringIO()
    stats = pstats.Stats(profiles[0], stream=out)
    for each in profiles[1:]:
        each.create_stats()
        if each.stats:  # type: ignore[attr-defined]
            stats.add(each)
    stats.sort_stats("tottime").print_stats(lines)
    return out.getvalue()
