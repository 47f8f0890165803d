"""What providers say of a week's messages, once it is known which went."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random

from checking.run import Told
from generated.sheet import Sheet

from schemas.times import from_millis

SAID = ("delivered", "undelivered", "failed", "opted_out")


def receipts(seed: int, told: Iterable[Told]) -> list[bytes]:
    """Lines for a week's log: of every fourth message, that it came, that it did not, or that it was the last."""
    sheet = Sheet(Random(seed), f"answer-{seed}")
    for message in sorted(told, key=lambda message: (message.at, message.person, message.slots, message.channel)):
        if sheet.sometimes(0.25):
            said = sheet.chance.choices(SAID, (40, 30, 20, 10))[0]
            at = from_millis(message.at) + timedelta(minutes=sheet.chance.randint(1, 200))
            sheet.receive(
                {**_named(sheet, message), "said": said, "final": said == "opted_out" or sheet.sometimes(0.8)}, at
            )
    return sheet.lines


def _named(sheet: Sheet, message: Told) -> dict[str, str]:
    """The message as a provider's word names it: by its slot, or only by its kind."""
    fields = ("shop", "recipient", "order", "kind", "channel")
    subject, _, occurrence = message.slots[0]
    slot = {"subject": subject, "occurrence": occurrence} if sheet.sometimes(0.7) else {}
    return {**{field: message.row[field] for field in fields}, **slot}
