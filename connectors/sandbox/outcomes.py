"""Outcomes on demand: numbers and mailboxes that always meet the same fate, and the words of each refusal."""

from dataclasses import dataclass

from connectors.sandbox.faults import Fault, Trouble

REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Unknown parameters"),
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
    21609: (400, "Invalid 'StatusCallback' URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' phone number via SMS"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21624: (400, "Invalid validity period value"),
    21635: (400, "'To' number cannot be a landline"),
    30409: (400, "This message cannot be canceled"),
    35111: (400, "SendAt timestamp is missing"),
    35114: (400, "SendAt time must be between 300 seconds and 35 days (3024000 seconds) in the future, inclusive."),
}
"""Twilio's code -> HTTP status, message. A phone number that ends with one of these codes is refused with it."""

PHONE_TROUBLES: dict[str, Fault] = {
    "20500": Fault(Trouble.BREAK, status=500),
    "20503": Fault(Trouble.TAKE_AND_BREAK, status=503),
    "20408": Fault(Trouble.TAKE_AND_CUT),
    "20409": Fault(Trouble.CUT),
}
"""The last five digits of a number -> what happens."""

LATER: dict[str, tuple[str, int | None]] = {
    "30001": ("failed", 30001),  # queue overflow
    "30003": ("undelivered", 30003),  # switched off
    "30004": ("undelivered", 30004),  # blocked
    "30005": ("undelivered", 30005),  # unknown handset
    "30006": ("undelivered", 30006),  # landline or unreachable carrier
    "30007": ("undelivered", 30007),  # filtered
    "30008": ("undelivered", 30008),
    "30034": ("undelivered", 30034),  # sender not registered
    "30036": ("failed", 30036),  # validity period over
    "30410": ("failed", 30410),  # given up in doubt, so as not to send it twice
}
"""The last five digits of a number that is taken -> its later status and error code."""

NEVER_HEARD_OF = frozenset({"30000"})
"""The last five digits of a number to which messages are sent, and never heard of again."""


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


@dataclass(frozen=True)
class MailFate:
    """What becomes of a mail that was taken. `afterwards`: what the customer does."""

    status: str
    reason: str = ""
    is_deferred: bool = False
    reaches: bool = True
    afterwards: str = ""


MAIL_FATES: dict[str, MailFate] = {
    "test-bounce": MailFate("bounced", "550 5.1.1 This mailbox does not exist.", reaches=False),
    "test-block": MailFate("blocked", "421 4.7.0 Try again later, closing connection.", reaches=False),
    "test-invalid": MailFate("dropped", "Invalid", reaches=False),
    "test-quota": MailFate("dropped", "Recipient List over Package Quota", reaches=False),
    "test-deferred": MailFate("delivered", is_deferred=True),
    "test-lost": MailFate("processed", reaches=False),
    "test-spam": MailFate("delivered", afterwards="spamreport"),
    "test-unsubscribe": MailFate("delivered", afterwards="unsubscribe"),
    "test-open": MailFate("delivered", afterwards="open"),
}
"""The local part of an address -> what becomes of a mail to it."""

DROPPED: dict[str, str] = {
    "unsubscribes": "Unsubscribed Address",
    "bounces": "Bounced Address",
    "spam_reports": "Spam Reporting Address",
    "invalid_emails": "Invalid",
}
"""The list that an address stands on -> why its mail is dropped."""
