"""Unheard: what a provider took and said no more of is asked about, once (T7). Pure; machine time.

Callbacks get lost: a door that was shut for longer than a provider tries, an account without our URL. An answer is one
more receipt. Without one the message stays as it is: taken, and nobody knows what became of it.
"""

from schemas.times import HOUR, Millis

UNHEARD: Millis = 12 * HOUR
"""How long after it was taken a message is asked about: Twilio keeps an SMS in its queue for ten hours at most."""

PATIENCE = 24
"""How often a provider that does not answer is asked again, an hour apart."""


def ask_after(taken: Millis) -> Millis:
    """When to ask, if nothing was said since it was taken."""
    return taken + UNHEARD


def ask_again(now: Millis, asked: int) -> Millis:
    """When to ask again, the provider having been asked so often in vain; 0: never."""
    return now + HOUR if asked < PATIENCE else 0
