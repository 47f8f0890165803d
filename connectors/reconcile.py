"""Reconciliation: what is in doubt is looked up at the provider that may have it, before anything is sent again."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from connectors.store.doubting import Doubted, Found, Sighting
from schemas.errors import ConfigurationError, Transient
from schemas.messages import Message
from schemas.times import Millis

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What to look for: the message as it was sent, the keys that it may carry, and when it may have been taken
    (message time, which live is the wall's)."""

    message: Message
    keys: tuple[str, ...]
    since: Millis
    until: Millis

    @property
    def now(self) -> Millis:
        """Message time."""
        return self.until


NO_ATTEMPT = 1 << 30
"""What a line to a sandbox is told instead of an attempt's number: troubles of first attempts do not meet a look-up."""


class NoLookUp(Exception):
    """This provider never lists what it took: no permission, or not kept."""


@runtime_checkable
class LookUp(Protocol):
    """A way to ask one provider what it took."""

    def find(self, wanted: Wanted) -> tuple[Found, ...]:
        """What the provider has that is this message, oldest first.

        Raises Transient (could not be asked now), NoLookUp (never can be), ConfigurationError (call a human).
        """


def look_up(doubted: Doubted, look_ups: Iterable[LookUp]) -> Sighting:
    """Ask every provider that may have it. None at all is as good as one that never lists."""
    wanted = Wanted(doubted.message, doubted.keys, doubted.since, doubted.until)
    seen = [_ask(each, wanted) for each in look_ups]
    return Sighting(
        tuple(found for each in seen for found in each.found),
        all(each.answered for each in seen),
        bool(seen) and all(each.possible for each in seen),
    )


def _ask(each: LookUp, wanted: Wanted) -> Sighting:
    try:
        return Sighting(each.find(wanted))
    except NoLookUp:
        return Sighting(possible=False)
    except Transient:
        return Sighting(answered=False)
    except ConfigurationError as error:
        _log.error("what is in doubt cannot be looked up: %s", error)
        return Sighting(answered=False)


def look_ups_of(connector: object) -> tuple[LookUp, ...]:
    """The ways to ask a connector's provider, or the providers of one that has several accounts."""
    from connectors.reconcile_sendgrid import SendGridLookUp
    from connectors.reconcile_twilio import TwilioLookUp
    from connectors.sendgrid_email import SendGridEmail
    from connectors.twilio_sms import TwilioSms

    if isinstance(connector, TwilioSms):
        return (TwilioLookUp(connector.account, connector.token, connector.line, connector.transport),)
    if isinstance(connector, SendGridEmail):
        return (SendGridLookUp(connector.api_key, connector.line, connector.transport),)
    if isinstance(connector, LookUp):
        return (connector,)
    accounts = getattr(connector, "accounts", ())
    return tuple(found for account in accounts for found in look_ups_of(account.connector))
