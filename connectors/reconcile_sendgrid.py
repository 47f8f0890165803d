"""Looking up a mail at SendGrid: its Email Logs by address and time, then the key that each of them carries.

Source: Email Logs (v3): POST /v3/logs filters, GET /v3/logs/{sg_message_id} tells the custom arguments. An id there
begins with the X-Message-Id that the send was answered with.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote as quoted

from connectors.receipts.receipt import Receipt
from connectors.receipts.sendgrid_events import read_event
from connectors.reconcile import NO_ATTEMPT, NoLookUp, Wanted
from connectors.reconcile_twilio import readable
from connectors.store.doubting import Found
from connectors.transport import Line, Transport
from connectors.unheard import Taken
from schemas.errors import Transient
from schemas.times import Millis, from_millis

PROVIDER = "sendgrid"
KEY_ARGUMENT = "awizo_key"
_LIMIT = 1_000

_REMEDY = "give the SendGrid API key the right to read Email Logs (awizo doctor)"


@dataclass(frozen=True)
class SendGridLookUp:
    """Asks with one API key."""

    api_key: str = field(repr=False)
    line: Line
    transport: Transport

    def find(self, wanted: Wanted) -> tuple[Found, ...]:
        """See `LookUp`."""
        key, now = wanted.keys[0], wanted.now
        ids = [log["sg_message_id"] for log in self._listed(query_of(wanted), key, now)]
        ours = [each for each in ids if _arguments(self._log(each, key, now)).get(KEY_ARGUMENT) in wanted.keys]
        return tuple((PROVIDER, each.partition(".")[0]) for each in ours)

    def last_words(self, taken: Taken) -> tuple[Receipt, ...]:
        """See `LastWords`. Nobody knows the address any more: it is found by the time when it was taken."""
        begins = f"{taken.provider_id}."
        logs = self._listed(between(taken.since, taken.until), taken.key, taken.now)
        ids = [log["sg_message_id"] for log in logs if log["sg_message_id"].startswith(begins)]
        events = [event for each in ids for event in self._log(each, taken.key, taken.now).get("events") or ()]
        read = [read_event(_with_arguments(event), "events") for event in events]
        return tuple(receipt for receipt in read if isinstance(receipt, Receipt))

    def _listed(self, query: str, key: str, now: Millis) -> list[dict[str, Any]]:
        """Logs that match, oldest first."""
        body = json.dumps({"query": query, "limit": _LIMIT}).encode()
        found = self._ask("POST", "/v3/logs", key, now, body).get("messages")
        if not isinstance(found, list) or not all(isinstance(log.get("sg_message_id"), str) for log in found):
            raise Transient("unreadable_list")
        if len(found) >= _LIMIT:
            raise NoLookUp  # the list has no pages: what is not in it may still be there
        return sorted(found, key=lambda log: (str(log.get("sg_message_id_created_at")), log["sg_message_id"]))

    def _log(self, log: str, key: str, now: Millis) -> dict[str, Any]:
        """All that is known of one mail."""
        return self._ask("GET", f"/v3/logs/{quoted(log, safe='')}", key, now)

    def _ask(self, method: str, path: str, key: str, now: Millis, body: bytes | None = None) -> dict[str, Any]:
        base, told = self.line.reach(key, NO_ATTEMPT, now)
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json", **told}
        return readable(self.transport.request(method, base + path, headers, body), _REMEDY)


def _arguments(told: Any) -> dict[str, Any]:
    """What we attached to a mail, as a log or an event tells it."""
    arguments = told.get("custom_args") if isinstance(told, dict) else None
    return arguments if isinstance(arguments, dict) else {}


def _with_arguments(event: Any) -> Any:
    """A log's event as a post would tell it."""
    return {**_arguments(event), **event} if isinstance(event, dict) else event


def query_of(wanted: Wanted) -> str:
    """The filter by mailbox and time, in SendGrid's query language."""
    quote = '"' if "'" in wanted.message.to else "'"
    return f"to_email = {quote}{wanted.message.to}{quote} AND {between(wanted.since, wanted.until)}"


def between(since: Millis, until: Millis) -> str:
    """The filter by time."""
    return (
        f'sg_message_id_created_at >= TIMESTAMP "{_stamp(since)}"'
        f' AND sg_message_id_created_at <= TIMESTAMP "{_stamp(until)}"'
    )


def _stamp(moment: Millis) -> str:
    return from_millis(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
