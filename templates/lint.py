"""Check a shop's words before they are accepted: every text as written, every kind filled with the worst values."""

from collections.abc import Collection, Iterator

from msgspec import structs

from schemas.errors import BadInput
from schemas.messages import Channel, Kind, Message
from schemas.shops import Bundle
from templates.cases import Case, ordinary, worst
from templates.compose import say
from templates.phrases import LANGUAGES
from templates.render import source_of, text_name
from templates.segments import foreign
from templates.sources import Source, faults_of_source
from templates.view import shop_name
from templates.wording import Said, faults_of_said

_CODE = "0" * 10
"""What stands for a link's code: as long as a real one."""


def findings(bundle: Bundle, kinds: Collection[str] = tuple(Kind)) -> list[str]:
    """Everything that is wrong with the words of a bundle (of these kinds: filled), each as "file: what is wrong; what
    to do"."""
    found = [*_of_names(bundle), *_of_own_texts(bundle)]
    for kind, channel, language, segment in spoken(bundle):
        if kind not in kinds:
            continue
        found += _of_kind(bundle, kind, channel, language, segment)
    return list(dict.fromkeys(found))


def hints(bundle: Bundle) -> list[str]:
    """What is not wrong, but should be read: texts whose siblings in the shop's other languages are not the shop's, and
    a budget that cannot count."""
    lines = _uncounted(bundle)
    for name in sorted(bundle.texts):
        kind, channel, language, *segment = name.split(".")
        others = [other for other in _languages(kind, bundle) if other != language]
        ours = [other for other in others if text_name(kind, channel, other, *segment) not in bundle.texts]
        if ours:
            lines.append(f"texts/{name}.txt: in {', '.join(ours)} the text is ours; read them side by side")
    return lines


def _uncounted(bundle: Bundle) -> list[str]:
    priced = {price.country for price in bundle.prices.sms} if bundle.prices else set()
    free = sorted(bundle.sms.keys() - priced)
    if bundle.daily_sms_budget is None or not free:
        return []
    return [f"shop.yaml: daily_sms_budget counts no SMS to {', '.join(free)}: prices.sms has no price there"]


def spoken(bundle: Bundle) -> Iterator[tuple[str, str, str, str]]:
    """Every (kind, channel, language, segment) that the bundle may have to say; segments only where they have words
    of their own."""
    for kind in Kind:
        for channel in _channels(kind, bundle):
            for language in _languages(kind, bundle):
                yield kind, channel, language, ""
                for segment in bundle.segments:
                    if text_name(kind, channel, language, segment) in bundle.texts:
                        yield kind, channel, language, segment


def speaks(bundle: Bundle, kind: str, channel: str, language: str) -> bool:
    """Whether the bundle may have to say this kind so."""
    return channel in _channels(kind, bundle) and language in _languages(kind, bundle)


def rendered(bundle: Bundle) -> int:
    """How many messages `findings` fills."""
    return sum(len(_cases(bundle, kind, channel, language, "")) for kind, channel, language, _ in spoken(bundle))


def _channels(kind: str, bundle: Bundle) -> tuple[Channel, ...]:
    return (Channel.EMAIL,) if kind == Kind.SHOP_ALERT or not bundle.sms else (Channel.SMS, Channel.EMAIL)


def _languages(kind: str, bundle: Bundle) -> tuple[str, ...]:
    return (bundle.alerts.language,) if kind == Kind.SHOP_ALERT else bundle.languages


def _of_names(bundle: Bundle) -> Iterator[str]:
    for language in bundle.languages:
        outside = foreign(shop_name(bundle, language)) if language != "uk" else ""
        if outside:
            yield f"shop.yaml: name in {language}: characters outside GSM-7: {outside}; write it without them"


def _of_own_texts(bundle: Bundle) -> Iterator[str]:
    for name, text in sorted(bundle.texts.items()):
        if fault := misnamed(name, bundle):
            yield f"texts/{name}.txt: {fault}"
            continue
        kind, channel, language, *_ = name.split(".")
        for fault in faults_of_source(Source(kind, channel, language, text)):
            yield f"texts/{name}.txt: {fault}"


def misnamed(name: str, bundle: Bundle) -> str:
    """What is wrong with the name of a text; "" if it is `<kind>.<channel>.<language>[.<segment>]`."""
    parts = name.split(".")
    if not 3 <= len(parts) <= 4:
        return "a text is named <kind>.<channel>.<language>.txt, or <kind>.<channel>.<language>.<segment>.txt"
    known: tuple[tuple[str, Collection[str]], ...] = (
        ("kind", [*Kind]),
        ("channel", [*Channel]),
        ("language", LANGUAGES),
        ("segment", bundle.segments),
    )
    for part, (what, names) in zip(parts, known, strict=False):
        if part not in names:
            return f"there is no {what} '{part}'; there are: {', '.join(names) or 'none, name them in `segments`'}"
    if parts[:2] == [Kind.SHOP_ALERT, Channel.SMS]:
        return "the shop is told by e-mail only; remove this text"
    return ""


def _of_kind(bundle: Bundle, kind: str, channel: str, language: str, segment: str) -> Iterator[str]:
    found = source_of(bundle, kind, channel, language, segment)
    if found is None:
        yield f"texts/{text_name(kind, channel, language)}.txt: there is no text; write it"
        return
    told: set[str] = set()
    for case in _cases(bundle, kind, channel, language, segment):
        for fault in _of_case(case, bundle, language):
            if (what := fault.split(":")[0]) not in told:
                told.add(what)
                yield f"texts/{found[0]}.txt: {fault} ({case.shows})"


def _cases(bundle: Bundle, kind: str, channel: str, language: str, segment: str) -> list[Case]:
    cases = [*ordinary(kind, channel, language, bundle), *worst(kind, channel, language, bundle)]
    return [Case(case.shows, structs.replace(case.notice, segment=segment)) for case in cases]


def _of_case(case: Case, bundle: Bundle, language: str) -> list[str]:
    try:
        message = say(case.notice, bundle, case.notice.routes[0], language, lambda _: _CODE)
    except BadInput as error:
        return [error.reason]
    return faults_of_said(_said(message, bundle))


def _said(message: Message, bundle: Bundle) -> Said:
    sender = bundle.sms.get(message.country)
    return Said(
        kind=message.kind,
        channel=message.channel,
        language=message.locale,
        shop=shop_name(bundle, message.locale),
        subject=message.subject,
        text=message.text,
        hosts=frozenset({bundle.host, *bundle.hosts}),
        two_way=sender is not None and sender.two_way,
    )
