"""Rates: how often one source may come. A source that comes too often is told when to come again."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_SOURCES = 50_000


@dataclass
class Rates:
    """The generic cell rate algorithm: one number a source. `clock` in seconds; `times`: so much more (or less) often
    than is asked for, 0 without limit; what was not seen for longest is forgotten first. Used from one event loop."""

    clock: Callable[[], float]
    times: float = 1.0
    most: int = MOST_SOURCES
    _full_at: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)

    def wait(self, door: str, source: str, each_second: float, burst: float) -> int:
        """Whole seconds until this source may come to this door; 0: now, and it is counted."""
        if not self.times:
            return 0
        now, each_second, burst = self.clock(), each_second * self.times, burst * self.times
        name = (door, source)
        full_at = max(self._full_at.get(name, now), now)
        ahead = full_at - now - (max(burst, 1) - 1) / each_second
        if ahead > 0:
            return max(math.ceil(ahead), 1)
        self._full_at[name] = full_at + 1 / each_second
        self._full_at.move_to_end(name)
        if len(self._full_at) > self.most:
            self._full_at.popitem(last=False)
        return 0
