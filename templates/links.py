"""Short links: ten characters that look random, name one purpose of one recipient, and say nothing else.

The code is derived, not drawn: the same recipient and scope give the same link on every machine and in every replay.
Whoever answers the link (the gateway) asks the store what the code stands for.
"""

import hmac
from hashlib import sha256
from typing import NamedTuple

from schemas.messages import Kind, Message
from schemas.orders import SHOP_ITSELF
from schemas.times import DAY, Millis

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 10


def link_code(key: bytes, shop: str, recipient: str, scope: str) -> str:
    """Ten base62 characters (59 bits) of an HMAC-SHA256 over shop, recipient and scope."""
    digest = hmac.digest(key, "\0".join((shop, recipient, scope)).encode(), sha256)
    number = int.from_bytes(digest[:16])
    digits = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)


def is_code(text: str) -> bool:
    """Whether the text has the form of a code; nothing else is ever asked of a store."""
    return len(text) == LENGTH and text.isascii() and text.isalnum()


def order_scope(order: str) -> str:
    """The scope of an order's tracking page."""
    return f"order/{order}"


def feedback_scope(order: str) -> str:
    """The scope of the page that asks how an order was."""
    return f"feedback/{order}"


PREFERENCES_SCOPE = "preferences"
"""The scope of the page where a recipient chooses channels and kinds."""


def unsubscribe_scope(cls: str) -> str:
    """The scope of the one-click way out of a class of e-mails."""
    return f"unsubscribe/{cls}"


def page(host: str, code: str) -> str:
    """The address of a customer's page."""
    return f"https://{host}/p/{code}"


def way_out(host: str, code: str) -> str:
    """The address that RFC 8058's one-click unsubscribe posts to."""
    return f"https://{host}/u/{code}"


class KeptLink(NamedTuple):
    """What a code stands for, and until when (message time). `order`: "" if it is of no order."""

    code: str
    shop: str
    recipient: str
    order: str
    scope: str
    kept_at: Millis
    expires_at: Millis


LIVES: dict[str, Millis] = {
    "order": 90 * DAY,
    "feedback": 60 * DAY,
    "preferences": 400 * DAY,
    "unsubscribe": 400 * DAY,  # a way out is looked for in old letters too
}
"""First word of a scope -> for how long after the newest message with it the link opens."""


def word_of(scope: str) -> str:
    """The first word of a scope."""
    return scope.partition("/")[0]


def links_of(message: Message, key: bytes) -> tuple[KeptLink, ...]:
    """Every link of a message, as it must be kept before the message goes. The page of the order leads on to the choice
    of messages, so that one stands beside it, also for an SMS. What the shop itself is told has none."""
    if message.recipient == SHOP_ITSELF or not message.order:
        return ()
    scopes = [order_scope(message.order), PREFERENCES_SCOPE]
    if message.kind == Kind.FEEDBACK:
        scopes.append(feedback_scope(message.order))
    if _can_be_left(message):
        scopes.append(unsubscribe_scope(message.cls))
    return tuple(_kept(message, scope, key) for scope in scopes)


def _can_be_left(message: Message) -> bool:
    """Whether the message, or one that takes over from it, offers a way out of its class."""
    following = message.otherwise
    return bool(message.unsubscribe) or (following is not None and _can_be_left(following))


def _kept(message: Message, scope: str, key: bytes) -> KeptLink:
    word = word_of(scope)
    code = link_code(key, message.shop, message.recipient, scope)
    order = message.order if word in ("order", "feedback") else ""
    begins = max(message.at, message.valid_until)
    return KeptLink(code, message.shop, message.recipient, order, scope, message.at, begins + LIVES[word])
