"""What a door answers when it does not take something: one form for all, RFC 9457, and never what was sent."""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.gateway.intake import Busy
from schemas.errors import AwizoError, BadInput, BadSignature, ConfigurationError, LogDown, StoreDown

STATUSES: dict[type[AwizoError], int] = {
    BadSignature: 403,
    BadInput: 400,
    LogDown: 503,
    Busy: 503,
    StoreDown: 503,
    ConfigurationError: 503,  # ours to mend: the sender shall come again
}
"""An error -> the status that makes its sender do the right thing."""

AGAIN_SECONDS = 10
"""When to come again after a 503."""

_WORDS = {
    503: "not taken, and nothing is lost: send it again",
    500: "our own failure: send it again",
}


def problem(status: int, words: str, place: str = "", again: int = 0) -> Response:
    """An answer that says what is wrong, where, and what to do. `again`: seconds until another try is worth it."""
    body = {"status": status, "title": words} | ({"place": place} if place else {})
    headers = {"Retry-After": str(again)} if again else {}
    return JSONResponse(body, status, headers, "application/problem+json")


async def of_error(_request: Request, error: Exception) -> Response:
    """The answer to an error of ours; what an operator must mend is not told outside."""
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)
    if isinstance(error, BadInput) and status < 500:
        return problem(status, error.reason, error.place)
    return problem(status, _WORDS[status], again=AGAIN_SECONDS)


async def of_http(_request: Request, error: Exception) -> Response:
    """No such door, or not by this method."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, re.sub(r"[^\w .,:;-]", "", str(error.detail)).lower())
