"""What the doors work with: opened once, handed to each of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from connectors.clock import StoreClock
from connectors.gateway.intake import Intake
from connectors.metering import Meter, NoMeter
from connectors.store.ledger import Ledger
from connectors.store.opening import Store
from connectors.surroundings import Surroundings
from schemas.settings import Keys
from schemas.times import Millis

Given = TypeVar("Given")
Taken = ParamSpec("Taken")


@dataclass(frozen=True)
class Reception:
    """`intake`: the way into the log; `environment`: where each door reads its settings and secrets, once, when it is
    made. `url`: our public URL, without a slash at its end; never taken from a request's Host header."""

    store: Store
    ledger: Ledger
    intake: Intake
    surroundings: Surroundings
    clock: StoreClock
    keys: Keys
    url: str
    environment: Mapping[str, str] = field(repr=False)
    meter: Meter = field(default_factory=NoMeter)

    def now(self) -> Millis:
        """The run's clock: what is kept and compared with customers' hours."""
        return self.clock.now()


async def off_the_loop(work: Callable[Taken, Given], *given: Taken.args, **named: Taken.kwargs) -> Given:
    """Work that waits for the store or the disk, in a thread: the event loop goes on answering others."""
    return await run_in_threadpool(work, *given, **named)
