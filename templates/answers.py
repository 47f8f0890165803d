"""What a customer is answered who writes STOP, START or HELP: one SMS, and who it is from."""

from collections.abc import Sequence

from schemas.shops import Bundle
from templates.phrases import word
from templates.segments import for_sms

_SHOPS = 3
"""Names of shops that fit into one answer, where several use one sender."""

_BY_PREFIX = (("+48", "pl"), ("+380", "uk"))


def language_of(wished: str, phone: str, bundle: Bundle) -> str:
    """The language of the word, else that of the number's country, if the shop speaks it; else the shop's own."""
    guesses = (wished, *(language for prefix, language in _BY_PREFIX if phone.startswith(prefix)))
    return next((guess for guess in guesses if guess in bundle.languages), bundle.default_language)


def answer(wish: str, language: str, bundles: Sequence[Bundle]) -> str:
    """The SMS. `bundles`: of the shops that this concerns, the one that spoke last first; it names the contact."""
    names = (bundle.names.get(language, bundle.name) for bundle in bundles[:_SHOPS])  # type: ignore[call-overload]
    contact = bundles[0].contact
    said = word("answers", wish, language).format(shop=", ".join(names), phone=contact.phone, email=contact.email)
    return for_sms(said, language)
