"""Whether the gateway lives, and whether it can take anything."""

from fastapi import APIRouter, Response

from connectors.gateway.answers import AGAIN_SECONDS, problem
from connectors.gateway.reception import Reception, off_the_loop
from schemas.errors import StoreDown


def doors(reception: Reception) -> APIRouter:
    """`/healthz`: the process answers; `/readyz`: the store does too."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="The process answers")
    async def lives() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="The store answers", response_model=None)
    async def is_ready() -> Response | dict[str, str]:
        try:
            await off_the_loop(_ask, reception)
        except StoreDown:
            return problem(503, "the store does not answer", again=AGAIN_SECONDS)
        return {"status": "ok"}

    return router


def _ask(reception: Reception) -> None:
    with reception.store.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
