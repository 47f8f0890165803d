"""A visit: a link that was opened, and what its page may look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from connectors.gateway.pages.asked import Asked
from connectors.gateway.pages.hosts import language_for
from connectors.gateway.pages.rendering import Answer, Look, see_other
from connectors.log.publisher import Entry
from connectors.store.links import Links
from connectors.store.opening import Store
from connectors.store.preferences import Kept, Preferences
from connectors.store.records import Records
from pipelines.rules.actor import Context
from pipelines.rules.wishes import Said, said
from schemas.customers import Wishes
from schemas.orders import OrderRecord, Role
from schemas.shops import Bundle
from schemas.streams import CUSTOMERS
from schemas.times import Millis, from_millis
from schemas.wire import name_of
from templates.links import KeptLink, word_of

UNDOABLE = frozenset({"saved", "paused", "resumed", "stopped", "started", "revived", "left"})
"""What may have been done just now, and can be taken back."""

MOST_ORDERS = 5
"""So many of a recipient's orders are looked at for the choice of messages."""


class Change(NamedTuple):
    """What a form asks for: events for the log first, then what the store keeps of it, then the answer."""

    entries: Sequence[Entry]
    keep: Callable[[], None]
    answer: Answer


Outcome = Answer | Change


@dataclass(frozen=True)
class Visit:
    """One visitor at one moment. What it asks of the store it asks once. Raises StoreDown."""

    store: Store
    context: Context
    asked: Asked
    link: KeptLink
    bundle: Bundle
    now: Millis

    @cached_property
    def kept(self) -> Kept:
        """What the recipient wishes."""
        return Preferences(self.store).of(self.link.shop, self.link.recipient)

    @cached_property
    def links(self) -> list[KeptLink]:
        """All that open for the recipient now, those of the newest messages first."""
        return Links(self.store).of_recipient(self.link.shop, self.link.recipient, self.now)

    @cached_property
    def order(self) -> OrderRecord | None:
        """The order of the link, or else that of the newest message; None if nothing is known of it yet."""
        named = [self.link.order] if self.link.order else [link.order for link in self._orders()][:1]
        return Records(self.store).order(self.link.shop, named[0]) if named else None

    @cached_property
    def orders(self) -> list[OrderRecord]:
        """The recipient's latest orders of which anything is known."""
        views = Records(self.store)
        found = (views.order(link.shop, link.order) for link in self._orders()[:MOST_ORDERS])
        return [record for record in found if record is not None and role_in(record, self.link.recipient)]

    def _orders(self) -> list[KeptLink]:
        return [link for link in self.links if word_of(link.scope) == "order"]

    def code_of(self, scope: str) -> str:
        """The code of another link of the same recipient; "" if they have none such."""
        return next((link.code for link in self.links if link.scope == scope), "")

    @cached_property
    def language(self) -> str:
        """The language asked for, else the one chosen, else the order's, else what the browser accepts."""
        role = role_in(self.order, self.link.recipient) if self.order else None
        return language_for(
            self.bundle, self.asked.accepts, self.asked.language, self.kept.wishes.locale, role.locale if role else ""
        )

    def look(self, done: str = "") -> Look:
        """In whose name and language the page speaks."""
        said = done or self.asked.done
        language = self.asked.language if self.asked.language in self.bundle.languages else ""
        can_undo = said in UNDOABLE and self.kept.before is not None
        return Look(self.bundle, self.language, language, said, can_undo)

    def went_well(self, done: str, keeps_language: bool = True) -> Answer:
        """Go on to the page, which says what was done."""
        language = self.look().asked if keeps_language else ""
        return see_other(f"?done={done}&lang={language}" if language else f"?done={done}")

    def wish(self, wishes: Wishes, answer: Answer, before: Wishes | None = None) -> Outcome:
        """Let the recipient wish this from now on. `before`: what an undo brings back, None for what they wish now."""
        events = said(self.kept.wishes, wishes)
        if not events:
            return self.went_well("nothing")
        store, link, seen, now = Preferences(self.store), self.link, self.kept.wishes, self.now

        def keep() -> None:
            store.change(link.shop, link.recipient, seen, wishes, now, undo=before is None)

        return Change(self.entries(events), keep, answer)

    def entries(self, events: Sequence[Said], thing: str = "customer") -> list[Entry]:
        """Events of the recipient for the log. The same form at the same moment gives the same names."""
        return [self._entry(f"awizo.{thing}.{event.happened}.v1", event.data) for event in events]

    def _entry(self, event_type: str, data: dict[str, Any]) -> Entry:
        link = self.link
        whole = {"shop": link.shop, "who": {"recipient": link.recipient}, **data}
        time = from_millis(self.now).isoformat(timespec="milliseconds")
        name = name_of(link.recipient, self.now, event_type, msgspec.json.encode(data).hex())
        event = {"specversion": "1.0", "type": event_type, "source": f"/awizo/pages/{link.shop}", "id": name}
        return Entry(CUSTOMERS, msgspec.json.encode({**event, "time": time, "data": whole}))


def role_in(record: OrderRecord, recipient: str) -> Role | None:
    """Who the recipient is to the order; None if they are no longer of it."""
    return next((role for role in record.recipients if role.recipient == recipient), None)
