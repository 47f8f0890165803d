"""Short links: ten characters that look random, name one purpose of one recipient, and say nothing else.

The code is derived, not drawn: the same recipient and scope give the same link on every machine and in every replay.
Whoever answers the link (the gateway) asks the store what the code stands for.
"""

import hmac
from hashlib import sha256

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
