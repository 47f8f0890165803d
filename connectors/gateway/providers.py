"""Providers' doors: what Twilio and SendGrid say of messages, and what customers answer.

The signature is checked first, over the bytes as they came and our public URL. The ledger settles, the log hears of it,
and only then the provider is answered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from connectors.arrivals import Arrivals
from connectors.gateway.examples import EVENTS, MAIL, REPLY, STATUS
from connectors.gateway.provider_keys import Accounts, accounts
from connectors.gateway.reception import Reception, off_the_loop
from connectors.gateway.refusals import counted
from connectors.gateway.twiml import message
from connectors.log.publisher import Entry
from connectors.receipts.inbound_mail import Form, read_mail
from connectors.receipts.receipt import Incoming, Receipt, Unread
from connectors.receipts.sendgrid_events import check_post, read_events
from connectors.receipts.twilio_posts import read_reply, read_status
from connectors.replies.heeding import Heard, Heeding
from connectors.replies.mailing import heed_mail
from connectors.store.evidence import Receiving
from connectors.store.shared import Shared
from schemas.errors import BadInput
from schemas.metrics import CALLBACKS, REPLIES
from schemas.streams import RECEIPTS

Account = TypeVar("Account")

_MOST_PARTS = 60  # of a customer's mail: fields, and attachments that nobody reads


def doors(reception: Reception) -> APIRouter:
    """`/providers/{account}/status` and `replies` (Twilio), `events` and `mail` (SendGrid)."""
    router = APIRouter(prefix="/providers", tags=["providers"])
    desk = Desk(reception, accounts(reception.environment, reception.url, reception.store.realm))

    @router.post("/{account}/status", summary="Twilio's status callback", status_code=204, openapi_extra=STATUS)
    async def status(account: str, request: Request) -> Response:
        twilio = _found(desk.accounts.twilio, account)
        post = await desk.post(request, twilio.callback)
        with counted(reception.meter, "providers"):
            receipts = read_status(post, twilio.secrets)
        await desk.settle(account, receipts)
        return Response(status_code=204)

    @router.post("/{account}/replies", summary="A customer's SMS, from Twilio", openapi_extra=REPLY)
    async def replies(account: str, request: Request) -> Response:
        twilio = _found(desk.accounts.twilio, account)
        post = await desk.post(request, twilio.replies)
        with counted(reception.meter, "providers"):
            reply = read_reply(post, twilio.secrets)
        heard = await off_the_loop(desk.heeding.sms, reply, account)
        await desk.finish(heard, "sms")
        return Response(message(heard.answer), media_type="text/xml")

    @router.post("/{account}/events", summary="SendGrid's events", status_code=204, openapi_extra=EVENTS)
    async def events(account: str, request: Request) -> Response:
        sendgrid = _found(desk.accounts.sendgrid, account)
        post = await desk.post(request, str(request.url))
        with counted(reception.meter, "providers"):
            receipts = read_events(post, sendgrid.event_keys, post.at)
        await desk.settle(account, receipts)
        return Response(status_code=204)

    @router.post("/{account}/mail", summary="A customer's mail, from SendGrid", status_code=204, openapi_extra=MAIL)
    async def mail(account: str, request: Request) -> Response:
        sendgrid = _found(desk.accounts.sendgrid, account)
        post = await desk.post(request, str(request.url))
        with counted(reception.meter, "providers"):
            check_post(post, sendgrid.parse_keys, post.at)
            said = read_mail(await _form(request), post)
        await desk.finish(await off_the_loop(heed_mail, desk.heeding, said, account), "email")
        return Response(status_code=204)

    return router


@dataclass
class Desk:
    """What all of these doors do with what they read."""

    reception: Reception
    accounts: Accounts

    def __post_init__(self) -> None:
        store, ledger = self.reception.store, self.reception.ledger
        self.receiving = Receiving(ledger, Arrivals(Shared(store)))
        self.heeding = Heeding(ledger, self.reception.surroundings)

    async def post(self, request: Request, url: str) -> Incoming:
        """The request as signatures read it: our own URL, with the query as it came."""
        query = request.scope["query_string"].decode("latin-1")
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        signed = f"{url}?{query}" if query else url
        return Incoming(signed, headers, await request.body(), self.reception.now())

    async def settle(self, account: str, receipts: Sequence[Receipt | Unread]) -> None:
        """The ledger first, then the log. Raises StoreDown, LogDown: the provider comes again, to the same effect."""
        await self.reception.intake.take(await off_the_loop(self._settled, account, receipts))

    def _settled(self, account: str, receipts: Iterable[Receipt | Unread]) -> list[Entry]:
        entries: list[Entry] = []
        machine = self.reception.clock.machine()
        for receipt in receipts:
            if isinstance(receipt, Unread):
                self.reception.meter.count(CALLBACKS, account, "unread")
                continue
            settled = self.receiving.take(receipt, machine)
            self.reception.meter.count(CALLBACKS, account, "stranger" if settled.row is None else "settled")
            entries += [Entry(RECEIPTS, msgspec.json.encode(event)) for event in settled.events]
        return entries

    async def finish(self, heard: Heard, channel: str) -> None:
        """What an answer came to goes into the log; only then it counts as dealt with."""
        self.reception.meter.count(REPLIES, channel, heard.what)
        await self.reception.intake.take(heard.entries)
        await off_the_loop(self.heeding.done, heard, self.reception.now())


def _found(known: Mapping[str, Account], name: str) -> Account:
    if name not in known:
        raise HTTPException(404, "no account of this name")
    return known[name]


async def _form(request: Request) -> Form:
    """The texts of a multipart form. Attachments are let go."""
    try:
        async with request.form(max_files=_MOST_PARTS, max_fields=_MOST_PARTS, max_part_size=1024 * 1024) as form:
            return {name: value for name, value in form.multi_items() if isinstance(value, str)}
    except HTTPException:
        raise BadInput("not a form that can be read", "body") from None
