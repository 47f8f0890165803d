"""The outbox page and the sandbox's own questions: what was sent, what customers got, faults, answers, callbacks."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aiohttp import web
from jinja2 import Environment, Template
from markupsafe import Markup

from connectors.sandbox.course import has_reached, step_at
from connectors.sandbox.faults import faults_of
from connectors.sandbox.page.links import ONE_CLICK, opened_at, way_out
from connectors.sandbox.page.views import Look, lines_of, person_of
from connectors.transport import Answer
from schemas.errors import BadInput
from schemas.times import Millis

if TYPE_CHECKING:
    from connectors.sandbox.server import Sandbox

_STYLED = "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; base-uri 'none'"
_PAGE = f"{_STYLED}; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"
_POPUPS = "allow-popups allow-popups-to-escape-sandbox"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk:
    """Answers for one sandbox. `zone`: of the times on the page."""

    def __init__(self, sandbox: "Sandbox", zone: str) -> None:
        self._sandbox = sandbox
        self._zone = zone

    def routes(self) -> list[web.RouteDef]:
        """Every page and question."""
        return [
            web.get("/", self._page),
            web.get("/to/{address}", self._page),
            web.get("/mail/{number}", self._letter),
            web.get("/sandbox/address", self._address),
            web.get("/sandbox/messages", self._messages),
            web.get("/sandbox/posts", self._posts),
            web.get("/sandbox/faults", self._faults),
            web.put("/sandbox/faults", _explained(self._set_faults)),
            web.post("/sandbox/replies", _explained(self._reply)),
            web.post("/sandbox/unsubscribe", _explained(self._unsubscribe)),
            web.post("/sandbox/tell", _explained(self._tell)),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        look, address = self._look(request), request.match_info.get("address", "")
        person = person_of(self._sandbox.book, look, address) if address else None
        asked = {name: value for name, value in (("q", look.search), ("channel", look.channel)) if value}
        html = _template().render(
            style=Markup(_text("outbox.css")),  # noqa: S704 - our own file
            lines=lines_of(self._sandbox.book, look, address),
            person=person,
            missing=bool(address) and person is None,
            total=len(self._sandbox.accepted()),
            search=look.search,
            channel=look.channel,
            query=f"?{urlencode(asked)}" if asked else "",
            zone=look.zone,
            refresh=self._sandbox.ways.refresh,
            popups=_POPUPS if look.gateway else "",
        )
        return _html(html, 404 if address and person is None else 200, _PAGE)

    async def _letter(self, request: web.Request) -> web.Response:
        found = self._sandbox.book.find(request.match_info["number"])
        if found is None or not found.html:
            raise web.HTTPNotFound
        gateway = self._sandbox.ways.gateway
        if not gateway:
            return _html(found.html, 200, f"{_STYLED}; sandbox; frame-ancestors 'self'")
        policy = f"{_STYLED}; sandbox {_POPUPS}; frame-ancestors 'self'"
        return _html(opened_at(gateway, found.html), 200, policy)

    async def _messages(self, request: web.Request) -> web.Response:
        """Everything that was taken, in order of message time; by `to`, `channel`, `q`."""
        look, to = self._look(request), request.query.get("to", "")
        shown = {line.address for line in lines_of(self._sandbox.book, look)}
        wanted = [one for one in self._sandbox.accepted() if one.to in shown and to in ("", one.to)]
        wanted = [one for one in wanted if look.channel in ("", one.channel)]
        return web.json_response(
            [
                asdict(one)
                | {"got": has_reached(one, look.now), "status_now": step_at(one, look.now, look.pace).status}
                for one in wanted
            ]
        )

    async def _posts(self, _request: web.Request) -> web.Response:
        """What was posted to listeners, and what they answered; then what still waits."""
        hooks = self._sandbox.hooks
        done = [_told(posted.post.provider, posted.post.at, posted.post.name, posted.answer) for posted in hooks.posted]
        return web.json_response(done + [_told(post.provider, post.at, post.name, "waits") for post in hooks.waiting()])

    async def _address(self, _request: web.Request) -> web.Response:
        """How connectors speak to this sandbox."""
        return web.json_response(asdict(self._sandbox.address))

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response([asdict(fault) for fault in self._sandbox.script.faults])

    async def _set_faults(self, request: web.Request) -> web.Response:
        """Another script of faults, from now on."""
        self._sandbox.script.faults = faults_of(await request.json())
        return web.Response(status=204)

    async def _reply(self, request: web.Request) -> web.Response:
        """A customer answers: from the page's form, or as JSON with `phone`, `to`, `text`, `at`."""
        is_form = request.content_type != "application/json"
        fields: dict[str, Any] = dict(await request.post()) if is_form else await request.json()
        at = int(fields.get("at") or self._sandbox.ways.clock())
        said = self._sandbox.reply(str(fields["phone"]), str(fields["to"]), str(fields["text"]), at)
        if is_form:
            raise web.HTTPSeeOther(f"/to/{quote(said.phone)}")
        return web.json_response(asdict(said), status=201)

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        """A mailbox's one click (RFC 8058) out of the mail of this `number`, from the page's form."""
        number = str((await request.post())["number"])
        found = self._sandbox.book.find(number)
        url = way_out(dict(found.headers), self._sandbox.ways.gateway) if found else ""
        if not found or not url:
            raise BadInput("this mail has no one-click way out that is served here", "number")
        post = partial(self._sandbox.transport.request, "POST", url, _FORM, ONE_CLICK.encode())
        answer = await asyncio.get_running_loop().run_in_executor(None, post)
        if not isinstance(answer, Answer) or answer.status != 200:
            said = str(answer.status) if isinstance(answer, Answer) else answer.reason
            return web.json_response({"error": f"the gateway did not take it: {said}"}, status=502)
        raise web.HTTPSeeOther(f"/to/{quote(found.to)}")

    async def _tell(self, request: web.Request) -> web.Response:
        """Post what is due by `until` (message time; all, without it)."""
        asked = await request.json() if request.can_read_body else {}
        until = int(asked["until"]) if "until" in asked else None
        done = await asyncio.get_running_loop().run_in_executor(None, self._sandbox.tell, until)
        return web.json_response({"posted": len(done)})

    def _look(self, request: web.Request) -> Look:
        """The clock of those who look is the latest message time, or the machine's where that is later."""
        latest = max((one.send_at or one.at for one in self._sandbox.accepted() if not one.send_at), default=0)
        pace = self._sandbox.ways.pace
        now = max(latest + max(pace.final, pace.sent), self._sandbox.ways.clock())
        asked = request.query
        return Look(now, self._zone, pace, asked.get("q", ""), asked.get("channel", ""), self._sandbox.ways.gateway)


def _explained(handler: Handler) -> Handler:
    """Bad input gets 400 and the reason."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (BadInput, json.JSONDecodeError, KeyError, ValueError, TypeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    return handle


def _told(provider: str, at: Millis, name: str, answer: str) -> dict[str, Any]:
    return {"provider": provider, "at": at, "message": name, "answer": answer}


def _html(text: str, status: int, policy: str) -> web.Response:
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)


@cache
def _template() -> Template:
    return Environment(autoescape=True, trim_blocks=False).from_string(_text("outbox.html.j2"))


@cache
def _text(name: str) -> str:
    return (files("connectors.sandbox.page") / name).read_text("utf-8")
