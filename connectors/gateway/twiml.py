"""What Twilio is answered to a customer's SMS: TwiML, with one message or none."""

from xml.sax.saxutils import escape

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def message(words: str) -> str:
    """A response that sends these words back; one that sends nothing for ""."""
    inside = f"<Message>{escape(words)}</Message>" if words else ""
    return f"{_DECLARATION}<Response>{inside}</Response>"
