"""Outcomes on demand: numbers and mailboxes that always meet the same fate, and the words of each refusal."""

from dataclasses import dataclass

from connectors.sandbox.faults import Fault, Trouble

REFUSALS: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Phone Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number is not a valid, SMS-capable inbound phone number for your account"),
    21608: (400, "The number is unverified. Trial accounts cannot send messages to unverified numbers"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' phone number via SMS"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21635: (400, "'To' number cannot be a landline"),
}
"""Twilio's code -> HTTP status, message. A phone number that ends with one of these codes is refused with it."""

PHONE_TROUBLES: dict[str, Fault] = {
    "20500": Fault(Trouble.BREAK, status=500),
    "20503": Fault(Trouble.TAKE_AND_BREAK, status=503),
    "20408": Fault(Trouble.TAKE_AND_CUT),
    "20409": Fault(Trouble.CUT),
}
"""The last five digits of a number -> what happens."""

LATER: dict[str, tuple[str, int]] = {
    "30003": ("undelivered", 30003),  # switched off
    "30005": ("undelivered", 30005),  # unknown handset
    "30006": ("undelivered", 30006),  # landline or unreachable carrier
    "30007": ("undelivered", 30007),  # filtered
    "30008": ("undelivered", 30008),
}
"""The last five digits of a number that is taken -> its later status and error code."""


@dataclass(frozen=True)
class Refusal:
    """A SendGrid answer that takes nothing."""

    status: int
    message: str
    field: str | None = None


_TO = "personalizations.0.to.0.email"

MAILBOXES: dict[str, Refusal] = {
    "test-400": Refusal(400, "Does not contain a valid address.", _TO),
    "test-401": Refusal(401, "The provided authorization grant is invalid, expired, or revoked"),
    "test-403": Refusal(403, "The from address does not match a verified Sender Identity.", "from"),
    "test-413": Refusal(413, ""),
    "test-429": Refusal(429, "too many requests"),
}
"""The local part of an address -> how it is refused."""

MAILBOX_TROUBLES: dict[str, Fault] = {
    "test-500": Fault(Trouble.BREAK, status=500),
    "test-taken-503": Fault(Trouble.TAKE_AND_BREAK, status=503),
    "test-cut": Fault(Trouble.CUT),
    "test-taken-cut": Fault(Trouble.TAKE_AND_CUT),
}
"""The local part of an address -> what happens."""
