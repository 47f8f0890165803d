"""How much each door takes: bytes, seconds, and how often one source may come."""

from typing import NamedTuple

KIB, MIB = 1024, 1024 * 1024


class Allowance(NamedTuple):
    """What a door takes. `door`: its name in metrics; `path`: how its addresses begin; `most`: bytes of a body, which
    must be there within `seconds`; `each_second` and `burst`: how often one source may come."""

    door: str
    path: str
    most: int
    seconds: float
    each_second: float
    burst: int


ALLOWANCES = (
    Allowance("mail", "/providers/sendgrid/mail", 30 * MIB, 30.0, 20, 100),  # SendGrid's own limit, with attachments
    Allowance("providers", "/providers/", 4 * MIB, 10.0, 500, 2_000),
    Allowance("couriers", "/couriers/", 4 * MIB, 10.0, 500, 2_000),
    Allowance("shops", "/shops/", 7 * MIB, 20.0, 100, 500),  # as base64 in an event, what a log takes
    Allowance("pages", "/p/", 16 * KIB, 10.0, 5, 40),
    Allowance("unsubscribe", "/u/", 16 * KIB, 10.0, 50, 200),  # mailbox providers post for all their readers
    Allowance("health", "/healthz", 0, 5.0, 100, 200),
    Allowance("health", "/readyz", 0, 5.0, 20, 50),
    Allowance("health", "/metrics", 0, 5.0, 20, 50),
)
"""The first that fits counts."""

ELSEWHERE = Allowance("elsewhere", "", 0, 5.0, 5, 50)
"""An address that is no door's."""


def allowance_of(path: str) -> Allowance:
    """The allowance of the door at this address."""
    return next((allowance for allowance in ALLOWANCES if path.startswith(allowance.path)), ELSEWHERE)
