"""Whose page it is: the shop by the host that was asked, and the language that its reader is spoken to."""

from collections.abc import Iterator

from pipelines.rules.actor import Context
from pipelines.rules.context import Bundles
from schemas.shops import Bundle
from schemas.times import Millis
from templates.phrases import LANGUAGES

NOWHERE_LANGUAGE = "en"
"""Where no shop is known, for a reader whose browser asks for none of ours."""


def shop_at(host: str, bundles: Bundles, context: Context, now: Millis) -> Bundle | None:
    """The bundle in force of the shop whose short host this is; None if it is nobody's. A host that a shop had in an
    earlier version is still its own, for the links that were sent then, unless another shop has it now."""
    if not host:
        return None
    former = None
    for shop, versions in bundles.items():
        bundle = context.bundle(shop, now)
        if bundle is None:
            continue
        if bundle.host.lower() == host:
            return bundle
        if any(version.host.lower() == host for version in versions.values()):
            former = former or bundle
    return former


def language_for(bundle: Bundle | None, accepts: str, *wanted: str) -> str:
    """The first of `wanted` that the shop speaks, else what the browser accepts, else the shop's default."""
    spoken = bundle.languages if bundle else LANGUAGES
    asked = (*(language.partition("-")[0].lower() for language in wanted), *accepted(accepts))
    default = bundle.default_language if bundle else NOWHERE_LANGUAGE
    return next((language for language in asked if language in spoken), default)


def accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, best first."""
    weighed = sorted(_weighed(header), key=lambda entry: -entry[1])
    return [language for language, weight in weighed if weight > 0]


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    for entry in header.split(","):
        name, _, weight = entry.partition(";")
        try:
            value = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            value = 0.0
        yield name.strip().partition("-")[0].lower(), value
