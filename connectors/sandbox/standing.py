"""What the sandbox says of its accounts: enough for whoever looks whether they may send.

Sources: Twilio's Account and IncomingPhoneNumbers resources (2010-04-01), SendGrid's scopes (v3).
"""

from connectors.sandbox.address import ACCOUNT
from connectors.sandbox.exchange import Asked, Reply, as_json
from connectors.sandbox.sendgrid_words import unauthorised
from connectors.sandbox.twilio_words import is_authentic, refusal


def account(asked: Asked) -> Reply:
    """The account, active and paid for."""
    if not is_authentic(asked.request):
        return refusal(20003)
    return as_json(200, {"sid": ACCOUNT, "friendly_name": "Sandbox", "status": "active", "type": "Full"})


def numbers(asked: Asked) -> Reply:
    """Whatever number is asked for is the account's."""
    if not is_authentic(asked.request):
        return refusal(20003)
    number = asked.request.query.get("PhoneNumber", "")
    return as_json(
        200, {"incoming_phone_numbers": [{"account_sid": ACCOUNT, "phone_number": number}] if number else []}
    )


def scopes(asked: Asked) -> Reply:
    """The key may send."""
    return unauthorised(asked.request) or as_json(200, {"scopes": ["mail.send", "messages.read"]})
