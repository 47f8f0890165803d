"""How far a run of this process is: counts by stage, for a terminal or a log to show. Nothing else reads them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_done: Counter[str] = Counter()

Show = Callable[[dict[str, int]], None]


def did(stage: str, number: int = 1) -> None:
    """So many more are done at a stage."""
    _done[stage] += number


@contextmanager
def watched(show: Show, every: float) -> Iterator[None]:
    """Call `show` with the counts by stage each so many seconds, and once more at the end."""
    _done.clear()
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(show, every, ended), name="progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        show(dict(_done))


def _watch(show: Show, every: float, ended: threading.Event) -> None:
    while not ended.wait(every):
        show(dict(_done))
