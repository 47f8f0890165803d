"""What a provider's refusal means for us, and how a table of its codes is read."""

from collections.abc import Mapping
from enum import StrEnum

from schemas.errors import ConfigurationError, Permanent, SendError, Transient, Unknown


class Means(StrEnum):
    """What to do about a code."""

    LATER = "later"  # surely not taken: the same message again, later
    OPTED_OUT = "opted_out"  # never write to this address again
    RECIPIENT = "recipient"  # this address cannot be reached: the next channel
    MESSAGE = "message"  # ours to mend
    CONFIGURATION = "configuration"  # the operator's to mend: the channel stops, messages wait
    DOUBT = "doubt"  # nobody knows


class Scope(StrEnum):
    """How much cannot be used until a configuration is mended."""

    ACCOUNT = ""
    SENDER = "sender"
    COUNTRY = "country"


def error_of(
    means: Means, reason: str, remedy: str = "", scope: Scope = Scope.ACCOUNT
) -> SendError | ConfigurationError:
    """The error of our tree. `reason` names the code and is never personal."""
    errors: Mapping[Means, SendError | ConfigurationError] = {
        Means.LATER: Transient(reason),
        Means.OPTED_OUT: Permanent(reason, "opted_out"),
        Means.RECIPIENT: Permanent(reason, "recipient"),
        Means.MESSAGE: Permanent(reason, "message"),
        Means.CONFIGURATION: ConfigurationError(reason, remedy, str(scope)),
        Means.DOUBT: Unknown(reason),
    }
    return errors[means]
