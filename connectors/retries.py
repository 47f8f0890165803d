"""Short trouble: a few tries within one claim. Long trouble is the ledger's (`due_at`), never a sleeping worker's."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from connectors.connector import Sent
from schemas.errors import Transient
from schemas.times import SECOND


@dataclass(frozen=True)
class Patience:
    """`tries` within one claim, at most `longest` seconds apart. Only what surely was not sent is tried again.

    By message time nobody waits: a bounded run has one try, and the message goes back to the ledger.
    """

    tries: int = 1
    longest: float = 5.0
    sleep: Callable[[float], None] = time.sleep

    def send(self, post: Callable[[], Sent], is_ours: Callable[[], bool]) -> Sent:
        """What `post` gives, or what it last raised. `is_ours` says whether the lease still lasts for another try."""
        spread = wait_exponential_jitter(multiplier=0.2, max=self.longest, jitter=0.1)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after if isinstance(error, Transient) else None
            return min(max(spread(state), (asked or 0) / SECOND), self.longest)

        def stop(state: RetryCallState) -> bool:
            return stop_after_attempt(self.tries)(state) or not is_ours()

        retrying = Retrying(
            retry=retry_if_exception_type(Transient), stop=stop, wait=wait, sleep=self.sleep, reraise=True
        )
        return retrying(post)
