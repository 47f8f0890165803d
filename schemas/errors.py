"""What may go wrong, as a tree; each branch says what to do.

    AwizoError
    ├── BadInput               bury: the original bytes go to a dead letter, neighbours go on
    │   ├── BadEvent           not an event of ours: the place names the field
    │   ├── BadPayload         a courier's payload that cannot be taken apart at all
    │   └── BadSignature       not from whom it says it is: refused at the door, and not kept
    ├── SendError              a provider did not take a message
    │   ├── Transient          not sent: try again after `retry_after`
    │   ├── Permanent          not sent and never will be: `reason`, and `whom` it concerns
    │   └── Unknown            nobody knows: look it up, never send again blindly
    ├── StoreDown              the store does not answer: nothing is sent without a claim, the bundle retries
    ├── LogDown                the log did not take an event: whoever sent it is told to send it again
    └── ConfigurationError     call a human: nothing is lost, messages wait
        └── BadBundle          a shop's bundle that is not accepted; lists every finding

ConfigurationError is in no branch that anything retries. Every error survives a pickle whole.
"""

from schemas.times import Millis


class AwizoError(Exception):
    """The root. Fields are the constructor's arguments, so that a pickle keeps them."""


class BadInput(AwizoError):
    """Something that came in cannot be used. `place` is the path of the field (or of the item)."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason, place)
        self.reason = reason
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class BadEvent(BadInput):
    """Not one of Awizo's events, or one with a wrong field."""


class BadPayload(BadInput):
    """A courier's payload that cannot be taken apart."""


class BadSignature(BadInput):
    """A post whose signature does not hold. `place` names the header."""


class SendError(AwizoError):
    """A provider did not take a message."""


class Transient(SendError):
    """Surely not sent; worth another try. `retry_after` in milliseconds, None if the provider did not say."""

    def __init__(self, reason: str, retry_after: Millis | None = None) -> None:
        super().__init__(reason, retry_after)
        self.reason = reason
        self.retry_after = retry_after


class Permanent(SendError):
    """Surely not sent, and another try will not help. `whom`: recipient (try the next channel), opted_out (suppress
    the address), message (ours to mend)."""

    def __init__(self, reason: str, whom: str = "message") -> None:
        super().__init__(reason, whom)
        self.reason = reason
        self.whom = whom


class Unknown(SendError):
    """The request may or may not have been taken. `account`: whose, where a channel has several."""

    def __init__(self, reason: str, account: str = "") -> None:
        super().__init__(reason, account)
        self.reason = reason
        self.account = account


class ConfigurationError(AwizoError):
    """Ours or the operator's to mend: a wrong key, an empty account, a setting that is missing. `scope`: what cannot
    be used: "" the whole account, "sender" only this message's sender, "country" only where it goes."""

    def __init__(self, reason: str, remedy: str = "", scope: str = "") -> None:
        super().__init__(reason, remedy, scope)
        self.reason = reason
        self.remedy = remedy
        self.scope = scope

    def __str__(self) -> str:
        return f"{self.reason}. {self.remedy}" if self.remedy else self.reason


class BadBundle(ConfigurationError):
    """A shop's bundle that is not accepted. `findings`: every one, as "file: path: what is wrong, what to do"."""

    def __init__(self, shop: str, findings: tuple[str, ...]) -> None:
        AwizoError.__init__(self, shop, findings)
        self.shop = shop
        self.scope = ""
        self.findings = findings
        self.reason = f"{len(findings)} findings in the bundle of {shop}"
        self.remedy = "; ".join(findings[:3])


class StoreDown(AwizoError):
    """The store does not answer. Nothing is sent without a claim: let the bundle be tried again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the store does not answer: {self.reason}"


class LogDown(AwizoError):
    """The log does not answer. Events that were to be published may be in it or not: publish them again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the log did not take the events: {self.reason}. Publish them again; those that it has are not doubled"
