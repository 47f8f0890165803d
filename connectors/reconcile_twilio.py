"""Looking up an SMS at Twilio: in the list of messages to that number, by what both sides know; or by its SID.

Twilio keeps no key of ours that one could search by. Its list filters by number; the rest is compared here: sender,
time of creation, and the words byte for byte (which is why nothing may change them: no smart encoding, no shortened
links). Source: the Messages resource (2010-04-01). Never filtered by DateSent: what is fresh has none.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from connectors.receipts.receipt import Receipt
from connectors.receipts.twilio_posts import receipt_of
from connectors.reconcile import NO_ATTEMPT, NoLookUp, Wanted
from connectors.store.doubting import Found
from connectors.transport import Answer, Line, Transport
from connectors.unheard import Taken
from schemas.errors import ConfigurationError, Transient
from schemas.times import SECOND, Millis, to_millis

PROVIDER = "twilio"
_PAGE = 1_000
_PAGES = 10
_UNMADE = frozenset({"canceled"})
_REMEDY = "check the Twilio account and its token (awizo doctor)"


@dataclass(frozen=True)
class TwilioLookUp:
    """Asks one Twilio account."""

    account: str
    token: str = field(repr=False)
    line: Line
    transport: Transport

    def find(self, wanted: Wanted) -> tuple[Found, ...]:
        """See `LookUp`."""
        same = [each for each in self._listed(wanted) if _is_it(each, wanted)]
        same.sort(key=lambda each: (_created(each), str(each["sid"])))
        return tuple((PROVIDER, str(each["sid"])) for each in same)

    def last_words(self, taken: Taken) -> tuple[Receipt, ...]:
        """See `LastWords`."""
        path = f"/2010-04-01/Accounts/{self.account}/Messages/{taken.provider_id}.json"
        answer = self._get(path, taken.key, taken.now)
        if is_unknown(answer):
            return ()
        said = readable(answer, _REMEDY)
        code = said.get("error_code")
        status, code = str(said.get("status", "")), "" if code is None else str(code)
        return (receipt_of(taken.provider_id, status, code, taken.key, taken.now),)

    def _listed(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """Messages to that number, newest first."""
        query = urlencode({"To": wanted.message.to, "PageSize": _PAGE})
        path: str | None = f"/2010-04-01/Accounts/{self.account}/Messages.json?{query}"
        for _ in range(_PAGES):
            page = self._page(str(path), wanted)
            yield from page["messages"]
            path = page.get("next_page_uri")
            if not path:
                return
        raise Transient("list_too_long")

    def _page(self, path: str, wanted: Wanted) -> dict[str, Any]:
        page = readable(self._get(path, wanted.keys[0], wanted.now), _REMEDY)
        if not isinstance(page.get("messages"), list):
            raise Transient("unreadable_list")
        return page

    def _get(self, path: str, key: str, now: Millis) -> object:
        base, told = self.line.reach(key, NO_ATTEMPT, now)
        basic = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        return self.transport.request("GET", base + path, {"Authorization": f"Basic {basic}", **told})


def readable(answer: object, remedy: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises Transient, NoLookUp (403), ConfigurationError (401)."""
    if not isinstance(answer, Answer):
        raise Transient("not_asked")
    if answer.status == 401:
        raise ConfigurationError("look_up_401", remedy)
    if answer.status == 403:
        raise NoLookUp
    try:
        body = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Transient(f"look_up_{answer.status}")
    return body


def is_unknown(answer: object) -> bool:
    """Whether the provider says that it has no such thing."""
    return isinstance(answer, Answer) and answer.status == 404


def _is_it(each: dict[str, Any], wanted: Wanted) -> bool:
    message = wanted.message
    senders = (each.get("from"), each.get("messaging_service_sid"))
    return (
        each.get("to") == message.to
        and each.get("body") == message.text
        and message.sender in senders
        and each.get("direction") in ("outbound-api", None)
        and each.get("status") not in _UNMADE
        and wanted.since <= _created(each) <= wanted.until + SECOND
    )


def _created(each: dict[str, Any]) -> Millis:
    """When it was created, by Twilio's clock, in whole seconds."""
    try:
        return to_millis(parsedate_to_datetime(str(each.get("date_created"))))
    except ValueError:
        raise Transient("unreadable_list") from None
