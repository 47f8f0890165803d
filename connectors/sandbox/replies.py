"""Customers who answer: STOP and the like, as Twilio reads them by default."""

import re

from connectors.sandbox.book import Book, Said, provider_id
from connectors.sandbox.hooks import Hooks
from schemas.errors import BadInput

STOPS = frozenset("STOP UNSUBSCRIBE END QUIT STOPALL REVOKE OPTOUT CANCEL".split())
STARTS = frozenset("START YES UNSTOP".split())
HELPS = frozenset({"HELP", "INFO"})
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


def opt_out_of(text: str) -> str:
    """STOP, START or HELP, if the whole text is one of their words; else ""."""
    word = text.strip().upper()
    for kind, words in (("STOP", STOPS), ("START", STARTS), ("HELP", HELPS)):
        if word in words:
            return kind
    return ""


def reply(book: Book, hooks: Hooks, said: Said, advanced: bool = False) -> Said:
    """A customer writes to one of our numbers. STOP binds at once: later messages of that sender are refused (21610).
    `advanced`: the post says what was understood. Raises BadInput for a sender that is a name: it takes no replies."""
    if not _NUMBER.fullmatch(said.to):
        raise BadInput("a sender that is a name takes no replies: answer a number", "to")
    number = "SM" + provider_id(f"{said.phone}/{said.to}/{said.text}", said.at)
    heard = Said(said.phone, said.to, said.text, said.at, number)
    kind = opt_out_of(said.text)
    if kind == "STOP":
        book.stop(said.phone, said.to, said.at)
    if kind == "START":
        book.start(said.phone, said.to)
    book.hear(heard)
    hooks.tell_reply(heard, kind if advanced else "")
    return heard
