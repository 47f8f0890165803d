"""Customers who answer by mail: what is nothing but a command is one, if the sender's domain vouches for it."""

from connectors.receipts.inbound_mail import MailReply
from connectors.replies.heeding import NOBODY, Heard, Heeding, Said
from connectors.replies.wishes import wish_of
from connectors.replies.writers import EMAIL, shops_of_mailbox

MACHINE = "machine"


def heed_mail(heeding: Heeding, mail: MailReply, provider: str) -> Heard:
    """What comes of a customer's mail. Raises StoreDown."""
    name = f"{provider}/mail-{mail.id}"
    if mail.is_by_machine:
        return Heard(name, MACHINE)
    shops = shops_of_mailbox(heeding.surroundings.bundles(), mail.to)
    if not shops:
        return Heard(name, NOBODY)
    wished = (wish_of(mail.text) or (wish_of(mail.subject) if not mail.text else None)) if mail.is_proved else None
    words = "\n".join(filter(None, (mail.subject, mail.text)))
    said = Said(name, f"/providers/{provider}", EMAIL, mail.sender, words, mail.at, wished)
    return heeding.heed(said, shops)
