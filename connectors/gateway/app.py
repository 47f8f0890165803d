"""The application: every door, one behind the other, and what stands before all of them."""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException

from connectors.gateway import health
from connectors.gateway.answers import of_error, of_http
from connectors.gateway.reception import Reception
from schemas.errors import AwizoError

DOORS: tuple[Callable[[Reception], APIRouter], ...] = (health.doors,)
"""Every room of doors. A new one is a line here, and a line in `limits.ALLOWANCES`."""


def create_app(reception: Reception) -> FastAPI:
    """The ASGI application. Raises ConfigurationError that names the setting which is missing or wrong."""
    app = FastAPI(title="Awizo gateway", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.reception = reception
    for doors in DOORS:
        app.include_router(doors(reception))
    app.add_exception_handler(AwizoError, of_error)
    app.add_exception_handler(HTTPException, of_http)
    return app
