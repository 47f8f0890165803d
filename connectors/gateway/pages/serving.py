"""The customers' doors: `/p/` and `/u/` with a link's code behind. A GET never changes anything: mail scanners open
links."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Request, Response

from connectors.gateway.answers import AGAIN_SECONDS
from connectors.gateway.pages.asked import PAGE, WAY_OUT, Asked, asked_of
from connectors.gateway.pages.hosts import language_for, shop_at
from connectors.gateway.pages.leaving_room import is_one_click
from connectors.gateway.pages.rendering import Answer, Look, problem_page
from connectors.gateway.pages.rooms import ROOMS
from connectors.gateway.pages.visit import Outcome, Visit
from connectors.gateway.reception import Reception, off_the_loop
from connectors.store.links import Links
from connectors.store.opening import SANDBOX
from schemas.errors import BadInput, LogDown, StoreDown
from schemas.metrics import PAGES
from schemas.shops import Bundle
from schemas.times import Millis
from templates.links import KeptLink, word_of

TOO_MANY = 429

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
"""Where a sandbox's links are opened whatever their shop: its hosts are nowhere."""


def doors(reception: Reception) -> APIRouter:
    """`/p/{code}`, a page; `/u/{code}`, the one-click way out (RFC 8058)."""
    router = APIRouter(tags=["pages"])
    pages = Pages(reception)

    async def answer(request: Request, code: str, door: str) -> Response:
        found = await pages.answer(await asked_of(request, door, code))
        return Response(found.body, found.status, dict(found.headers))

    @router.api_route(
        "/p/{code}", methods=["GET", "HEAD", "POST"], summary="A customer's page", include_in_schema=False
    )
    async def page(request: Request, code: str) -> Response:
        return await answer(request, code, PAGE)

    @router.api_route(
        "/u/{code}", methods=["GET", "HEAD"], summary="The page with the button to unsubscribe", include_in_schema=False
    )
    async def way_out(request: Request, code: str) -> Response:
        return await answer(request, code, WAY_OUT)

    @router.post("/u/{code}", summary="One-click unsubscribe (RFC 8058)", response_class=Response)
    async def leave(request: Request, code: str) -> Response:
        return await answer(request, code, WAY_OUT)

    return router


def turned_away(scope: MutableMapping[str, Any], status: int, again: int) -> Response:
    """The page for who comes too often, or with too much: in nobody's name, so that it costs no question."""
    accepts = dict(scope["headers"]).get(b"accept-language", b"")[:200].decode("latin-1")
    found = _turned_away("too_many" if status == TOO_MANY else "down", language_for(None, accepts), status, again)
    return Response(found.body, found.status, dict(found.headers))


@lru_cache(maxsize=256)
def _turned_away(about: str, language: str, status: int, again: int) -> Answer:
    return problem_page(about, Look(None, language), status, again)


@dataclass(frozen=True)
class Pages:
    """Answers whoever opens a link."""

    reception: Reception

    async def answer(self, asked: Asked) -> Answer:
        """The page, or what was done; whatever goes wrong is said on a page."""
        look = await off_the_loop(self._nobodys_look, asked)
        try:
            found = await off_the_loop(self._decide, asked, look)
            if isinstance(found, Answer):
                return self._counted(asked, found)
            await self.reception.intake.take(found.entries)
            await off_the_loop(found.keep)
            return self._counted(asked, found.answer)
        except (StoreDown, LogDown):
            return self._counted(asked, problem_page("down", look, 503, AGAIN_SECONDS))

    def _nobodys_look(self, asked: Asked) -> Look:
        """In whose name a page speaks before its link was looked at: it must not depend on that."""
        surroundings = self.reception.surroundings
        bundle = shop_at(asked.hostname, surroundings.bundles(), surroundings, self.reception.now())
        return Look(bundle, language_for(bundle, asked.accepts, asked.language))

    def _decide(self, asked: Asked, look: Look) -> Outcome:
        now = self.reception.now()
        link = self._link(asked, look.bundle, now)
        room = ROOMS.get((asked.door, word_of(link.scope))) if link else None
        bundle = self.reception.surroundings.bundle(link.shop, now) if link else None
        if link is None or room is None or bundle is None:
            return problem_page("refused", look, 404)
        visit = Visit(self.reception.store, self.reception.surroundings, asked, link, bundle, now)
        if not asked.is_post:
            return room.show(visit) or problem_page("refused", look, 404)
        if not asked.is_from_here and not is_one_click(asked.fields):
            return problem_page("elsewhere", visit.look(), 403)
        try:
            return room.take(visit)
        except BadInput:
            return problem_page("unread", visit.look(), 400)

    def _link(self, asked: Asked, bundle: Bundle | None, now: Millis) -> KeptLink | None:
        """What the code stands for at this host. What cannot be a code costs the same question."""
        links, code = Links(self.reception.store), asked.code
        if bundle is None and self.reception.store.realm == SANDBOX and asked.hostname in THIS_MACHINE:
            return links.of_any_shop(code, now)
        return links.resolve(code, bundle.shop if bundle else "", now)

    def _counted(self, asked: Asked, answer: Answer) -> Answer:
        self.reception.meter.count(PAGES, asked.door, str(answer.status))
        return answer
