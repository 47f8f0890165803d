"""The machine's clock: leases, breakers and limits run by it. Customers' hours are message time, told by messages."""

import time

from schemas.times import Millis


def machine_time() -> Millis:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
