"""Which call is answered by what."""

from aiohttp import web

from connectors.sandbox import sendgrid_lists, sendgrid_logs, standing, twilio_lists
from connectors.sandbox.book import TOOLS
from connectors.sandbox.sendgrid_api import SendGridApi
from connectors.sandbox.serving import Answering, Counter
from connectors.sandbox.twilio_api import TwilioApi

_ACCOUNT = "/2010-04-01/Accounts/{account}"
_MESSAGES = f"{_ACCOUNT}/Messages"


def provider_routes(counter: Counter) -> list[web.RouteDef]:
    """Every call of both providers."""
    return [*_twilio(counter), *_sendgrid(counter)]


def _twilio(counter: Counter) -> list[web.RouteDef]:
    api, one = TwilioApi(), _MESSAGES + "/{sid}.json"
    return [
        web.post(f"{_MESSAGES}.json", counter.sending(api)),
        web.get(f"{_MESSAGES}.json", counter.asking(twilio_lists.listed, api)),
        web.get(one, counter.asking(twilio_lists.fetched, api)),
        web.post(one, counter.asking(twilio_lists.changed, api)),
        web.delete(one, counter.asking(twilio_lists.deleted, api)),
        web.get(f"{_ACCOUNT}/IncomingPhoneNumbers.json", counter.asking(standing.numbers, api)),
        web.get(f"{_ACCOUNT}.json", counter.asking(standing.account, api)),
    ]


def _sendgrid(counter: Counter) -> list[web.RouteDef]:
    api, lists = SendGridApi(), sendgrid_lists

    calls: list[tuple[str, str, Answering]] = [
        ("GET", "/v3/scopes", standing.scopes),
        ("POST", "/v3/logs", sendgrid_logs.searched),
        ("GET", "/v3/logs/{id}", sendgrid_logs.looked_up),
        ("POST", "/v3/mail/batch", lists.batched),
        ("GET", "/v3/mail/batch/{id}", lists.batch_checked),
        ("POST", "/v3/user/scheduled_sends", lists.called_off),
        ("PATCH", "/v3/user/scheduled_sends/{id}", lists.called_off),
        ("GET", "/v3/user/scheduled_sends", lists.all_called_off),
        ("GET", "/v3/user/scheduled_sends/{id}", lists.all_called_off),
        ("POST", "/v3/asm/suppressions/global", lists.unsubscribed),
        ("GET", "/v3/asm/suppressions/global/{email}", lists.is_unsubscribed),
        ("DELETE", "/v3/asm/suppressions/global/{email}", lists.resubscribed),
    ]
    for tool in TOOLS:
        calls.append(("GET", f"/v3/suppression/{tool}", lists.suppressed))
        calls.append(("GET", f"/v3/suppression/{tool}/{{email}}", lists.suppressed_one))
        calls.append(("DELETE", f"/v3/suppression/{tool}", lists.released))
        calls.append(("DELETE", f"/v3/suppression/{tool}/{{email}}", lists.released))
    routes = [web.route(method, path, counter.asking(answer, api)) for method, path, answer in calls]
    return [web.post("/v3/mail/send", counter.sending(api)), *routes]
