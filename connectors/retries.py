"""Short trouble: a few tries within one claim. Long trouble is the ledger's (`due_at`), never a sleeping worker's."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from connectors.connector import Sent
from connectors.metering import Meter, NoMeter
from schemas.errors import Transient
from schemas.metrics import RETRIES
from schemas.times import SECOND


@dataclass(frozen=True)
class Patience:
    """At most `tries` within one claim, each wait at most `longest` seconds, all waits together at most `total`. Only
    what surely was not sent is tried again, and never sooner than the provider asks: if that is longer, the ledger
    waits instead.

    By message time nobody waits: a bounded run has one try, and the message goes back to the ledger.
    """

    tries: int = 1
    longest: float = 5.0
    total: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    meter: Meter = field(default_factory=NoMeter)

    def send(self, post: Callable[[], Sent], is_ours: Callable[[], bool]) -> Sent:
        """What `post` gives, or what it last raised. `is_ours` says whether the lease still lasts for another try."""
        spread = wait_exponential_jitter(multiplier=0.2, max=self.longest, jitter=0.1)

        def wait(state: RetryCallState) -> float:
            return max(spread(state), _asked(state))

        def stop(state: RetryCallState) -> bool:
            upcoming = max(state.upcoming_sleep, _asked(state))
            too_long = upcoming > self.longest + 0.1 or state.idle_for + upcoming > self.total
            return state.attempt_number >= self.tries or too_long or not is_ours()

        retrying = Retrying(
            retry=retry_if_exception_type(Transient),
            stop=stop,
            wait=wait,
            sleep=self.sleep,
            before_sleep=lambda _: self.meter.count(RETRIES),
            reraise=True,
        )
        return retrying(post)


def _asked(state: RetryCallState) -> float:
    """Seconds that the provider asked for."""
    error = state.outcome.exception() if state.outcome else None
    return (error.retry_after or 0) / SECOND if isinstance(error, Transient) else 0.0
