"""Waiting: what a stage works with may be away for a while; runners without retries would give up the whole job."""

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from schemas.errors import LogDown, StoreDown

STORE_BACK = Retrying(
    retry=retry_if_exception_type(StoreDown),
    wait=wait_exponential(multiplier=0.2, max=5),
    stop=stop_after_delay(600),
    reraise=True,
)
"""A store that is away is waited for."""

LOG_BACK = STORE_BACK.copy(retry=retry_if_exception_type(LogDown))
"""A log that does not take an event is waited for as the store is."""
