"""Looking up a mail at SendGrid: its Email Logs by address and time, then the key that each of them carries.

Source: Email Logs (v3): POST /v3/logs filters, GET /v3/logs/{sg_message_id} tells the custom arguments. An id there
begins with the X-Message-Id that the send was answered with.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote as quoted

from connectors.reconcile import NO_ATTEMPT, NoLookUp, Wanted
from connectors.reconcile_twilio import readable
from connectors.store.doubting import Found
from connectors.transport import Line, Transport
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
        ids = [log["sg_message_id"] for log in self._listed(wanted)]
        ours = [each for each in ids if self._detail(each, wanted).get(KEY_ARGUMENT) in wanted.keys]
        return tuple((PROVIDER, each.partition(".")[0]) for each in ours)

    def _listed(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Logs of that mailbox in that time, oldest first."""
        body = json.dumps({"query": query_of(wanted), "limit": _LIMIT}).encode()
        found = self._ask("POST", "/v3/logs", wanted, body).get("messages")
        if not isinstance(found, list) or not all(isinstance(log.get("sg_message_id"), str) for log in found):
            raise Transient("unreadable_list")
        if len(found) >= _LIMIT:
            raise NoLookUp  # the list has no pages: what is not in it may still be there
        return sorted(found, key=lambda log: (str(log.get("sg_message_id_created_at")), log["sg_message_id"]))

    def _detail(self, log: str, wanted: Wanted) -> dict[str, Any]:
        """The custom arguments of one mail."""
        arguments = self._ask("GET", f"/v3/logs/{quoted(log, safe='')}", wanted).get("custom_args")
        return arguments if isinstance(arguments, dict) else {}

    def _ask(self, method: str, path: str, wanted: Wanted, body: bytes | None = None) -> dict[str, Any]:
        base, told = self.line.reach(wanted.keys[0], NO_ATTEMPT, wanted.now)
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json", **told}
        return readable(self.transport.request(method, base + path, headers, body), _REMEDY)


def query_of(wanted: Wanted) -> str:
    """The filter, in SendGrid's query language."""
    quote = '"' if "'" in wanted.message.to else "'"
    return (
        f"to_email = {quote}{wanted.message.to}{quote}"
        f' AND sg_message_id_created_at >= TIMESTAMP "{_stamp(wanted.since)}"'
        f' AND sg_message_id_created_at <= TIMESTAMP "{_stamp(wanted.until)}"'
    )


def _stamp(moment: Millis) -> str:
    return from_millis(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
