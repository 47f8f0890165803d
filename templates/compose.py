"""Compose: from what is to be said to the very words, for each way in which they may have to be sent.

Pure: the same notice, bundle and links give the same bytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from msgspec import structs

from schemas.errors import BadInput
from schemas.messages import Channel, Class, Kind, Message, Notice, Route
from schemas.shops import Bundle
from templates import letter
from templates.links import PREFERENCES_SCOPE, page, unsubscribe_scope, way_out
from templates.phrases import phrases
from templates.render import render, source_of
from templates.segments import Size, for_sms, size
from templates.variables import Variables, as_context
from templates.view import telling, variables

Link = Callable[[str], str]
"""From a scope (`templates.links`) to the code of a short link of this recipient."""

MAX_SEGMENTS = {"pl": 1, "uk": 2, "en": 1}
"""How long an SMS may be, in segments; a longer one is cut."""

_LEAVABLE = frozenset({Class.SERVICE, Class.FEEDBACK})
_TO_SHOP = frozenset({Kind.SHOP_ALERT})


def compose(notice: Notice, bundle: Bundle, link: Link) -> Message:
    """The message for the notice's first route; `otherwise` is that for the next one.

    Words that are missing or broken in the reader's language fall back to the shop's default one, which the message's
    `locale` then shows. Raises BadInput if that fails too, or if the bundle has no sender for the route.
    """
    if not notice.routes:
        raise BadInput("a notice without a route; it should have been decided before", "notice.routes")
    following = None
    for route in reversed(notice.routes[1:]):
        following = _chained(notice, bundle, route, link, following)
    return structs.replace(_compose_one(notice, bundle, notice.routes[0], link), otherwise=following)


def _chained(notice: Notice, bundle: Bundle, route: Route, link: Link, following: Message | None) -> Message | None:
    """The message of a further route; one that cannot be said is left out, so that the first is not lost with it."""
    try:
        return structs.replace(_compose_one(notice, bundle, route, link), otherwise=following)
    except BadInput:
        return following


def language_of(locale: str, bundle: Bundle) -> str:
    """The language to speak: the locale's, if the shop speaks it, else the shop's default."""
    language = _language(locale)
    return language if language in bundle.languages else bundle.default_language


def _language(locale: str) -> str:
    return locale.replace("_", "-").split("-")[0].lower()


def fit(name: str, source: str, words: Variables, language: str) -> str:
    """A filled SMS. If it is too long it is filled again with less, in a fixed order: a sentence that is only good to
    have, the point's address, the courier, the tracking number, the shop's phone; then said in its shortest words,
    and without the count of parcels. Never without the shop, the deadline or the sum."""
    filled = ""
    for shorter in _shorter(words):
        filled = for_sms(" ".join(render(name, source, as_context(shorter)).split()), language)
        if size(filled).segments <= MAX_SEGMENTS[language]:
            break
    return filled


def _shorter(words: Variables) -> Iterator[Variables]:
    """The variables, then ever fewer of them."""
    point = words.point
    steps: list[dict[str, object]] = [
        {"room": False},
        {"point": point and replace(point, address="")},
        {"courier": "", "point": point and replace(point, address="", name=point.bare)},
        {"tracking": ""},
        {"phone": ""},
        {"tight": True},
        {"part": ""},
    ]
    yield words
    for step in steps:
        words = replace(words, **step)  # type: ignore[arg-type]
        yield words


def _compose_one(notice: Notice, bundle: Bundle, route: Route, link: Link) -> Message:
    if notice.kind in _TO_SHOP:
        return say(notice, bundle, route, bundle.alerts.language, link)
    language = language_of(notice.locale, bundle)
    try:
        said = say(notice, bundle, route, language, link)
    except BadInput:
        if language == bundle.default_language:
            raise
        said = say(notice, bundle, route, bundle.default_language, link)
    wanted = _language(notice.locale)
    return said if wanted in ("", said.locale) else structs.replace(said, wanted=wanted)


def say(notice: Notice, bundle: Bundle, route: Route, language: str, link: Link) -> Message:
    """The message for one route in one language, whatever the reader's; nothing is fallen back to. Raises BadInput."""
    speak = _sms if route.channel == Channel.SMS else _email
    return speak(notice, bundle, route, language, link)


def _sms(notice: Notice, bundle: Bundle, route: Route, language: str, link: Link) -> Message:
    sender = bundle.sms.get(route.country)
    if sender is None:
        raise BadInput(f"the shop has no SMS sender for {route.country or '?'}; add it to `sms`", "notice.routes")
    name, source = _text(notice, bundle, route, language)
    words = variables(telling(notice, bundle, route, language), route, link)
    text = fit(name, source, words, language)
    if not text:
        raise BadInput("the text is empty; write it or remove it", f"texts/{name}")
    counted = size(text)
    cost, currency = price(bundle, route.country, counted)
    return _message(
        notice,
        route,
        locale=language,
        sender=sender.sender,
        text=text,
        encoding=counted.encoding,
        segments=counted.segments,
        cost=cost,
        currency=currency,
    )


def price(bundle: Bundle, country: str, counted: Size) -> tuple[Decimal, str]:
    """What an SMS costs, and in which currency; (0, "") if the bundle has no price for the country."""
    for row in bundle.prices.sms if bundle.prices else ():
        if row.country == country:
            return row.per_segment * counted.segments, row.currency
    return Decimal(0), ""


def _email(notice: Notice, bundle: Bundle, route: Route, language: str, link: Link) -> Message:
    name, source = _text(notice, bundle, route, language)
    words = variables(telling(notice, bundle, route, language), route, link)
    said = letter.read(render(name, source, as_context(words)), name)
    leave = way_out(bundle.host, link(unsubscribe_scope(notice.cls))) if notice.cls in _LEAVABLE else ""
    footer = _footer(
        notice, bundle, words, language, page(bundle.host, link(PREFERENCES_SCOPE)) if leave else "", leave
    )
    return _message(
        notice,
        route,
        locale=language,
        sender=bundle.email.address,
        sender_name=bundle.email.name,
        reply_to=bundle.email.reply_to or bundle.contact.email,
        subject=said.subject,
        text=letter.as_text((*said.blocks, letter.Block(("--",)), *footer)),
        html=letter.as_html(said, footer, words.shop, bundle.color, language),
        unsubscribe=leave,
    )


def _footer(
    notice: Notice, bundle: Bundle, words: Variables, language: str, preferences: str, leave: str
) -> tuple[letter.Block, ...]:
    said = phrases(language)["footer"]
    if notice.kind in _TO_SHOP:
        return (letter.Block((said["alert"],)),)
    reach = (said["phone"].format(phone=words.phone), words.email, words.hours)
    lines = (said["about"].format(order=words.order), f"{said['questions']}: {', '.join(filter(None, reach))}")
    blocks = [letter.Block((*lines, bundle.legal_name) if bundle.legal_name else lines)]
    if leave:
        blocks.append(letter.Block(label=said["preferences"], url=preferences))
        blocks.append(letter.Block(label=said["unsubscribe"], url=leave))
    return tuple(blocks)


def _text(notice: Notice, bundle: Bundle, route: Route, language: str) -> tuple[str, str]:
    found = source_of(bundle, notice.kind, route.channel, language, notice.segment)
    if found is None:
        raise BadInput(f"there is no text for this kind on {route.channel} in {language}", f"texts/{notice.kind}")
    return found


def _message(notice: Notice, route: Route, **said: object) -> Message:
    return Message(
        shop=notice.shop,
        bundle=notice.bundle,
        recipient=notice.recipient,
        order=notice.order.order,
        kind=notice.kind,
        cls=notice.cls,
        priority=notice.priority,
        slots=notice.slots,
        generation=notice.generation,
        at=notice.at,
        valid_until=notice.valid_until,
        intervals=route.intervals or notice.intervals,
        channel=route.channel,
        to=route.to,
        country=route.country,
        cause=notice.cause,
        **said,  # type: ignore[arg-type]
    )
