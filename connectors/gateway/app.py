"""The application: every door, one behind the other, and what stands before all of them."""

import time
from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response

from connectors.gateway import couriers, health, providers, shops
from connectors.gateway.allowances import Allowance, allowance_of
from connectors.gateway.answers import of_error, of_http
from connectors.gateway.outside import Outside
from connectors.gateway.pages import serving as pages
from connectors.gateway.rates import Rates
from connectors.gateway.reception import Reception
from connectors.gateway.threshold import App, Refused, Scope, Threshold, as_problem
from schemas.errors import AwizoError
from schemas.settings import GATEWAY_PROXIES, GATEWAY_RATE, read_number

DOORS: tuple[Callable[[Reception], APIRouter], ...] = (
    couriers.doors,
    providers.doors,
    shops.doors,
    pages.doors,
    health.doors,
)
"""Every room of doors. A new one is a line here, and a line in `allowances.ALLOWANCES`."""


def create_app(reception: Reception) -> FastAPI:
    """The doors alone, without threshold. Raises ConfigurationError that names the setting which is missing or
    wrong."""
    app = FastAPI(title="Awizo gateway", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.reception = reception
    for doors in DOORS:
        app.include_router(doors(reception))
    app.add_exception_handler(AwizoError, of_error)
    app.add_exception_handler(HTTPException, of_http)
    return app


def guarded(
    reception: Reception,
    clock: Callable[[], float] = time.monotonic,
    allowance: Callable[[str], Allowance] = allowance_of,
) -> App:
    """The application as the world meets it: doors, threshold, and what every answer carries."""
    proxies = int(read_number(GATEWAY_PROXIES, reception.environment))
    rates = Rates(clock, read_number(GATEWAY_RATE, reception.environment))
    inside = create_app(reception)
    threshold = Threshold(inside, rates, reception.meter, proxies, allowance=allowance, words=_not_let_in)
    return Outside(threshold, reception.meter, clock, reception.url.startswith("https://"))


def _not_let_in(refused: Refused, allowance: Allowance, scope: Scope) -> Response:
    """People are told on a page."""
    if allowance.path == "/p/":
        return pages.turned_away(scope, refused.status, refused.again)
    return as_problem(refused, allowance, scope)
