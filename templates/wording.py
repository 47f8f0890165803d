"""The rules of wording, one function each: what is wrong with a text as it stands, or as it comes out.

A rule answers with what is wrong and what to do, or "" if it has nothing to say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_referenced_templates

from schemas.messages import Channel, Kind
from templates.compose import MAX_SEGMENTS
from templates.render import built_in, environment
from templates.segments import foreign, size
from templates.variables import CashOnDelivery, Place, Variables, meanings


@dataclass(frozen=True)
class Source:
    """A text as its author wrote it."""

    kind: str
    channel: str
    language: str
    text: str


@dataclass(frozen=True)
class Said:
    """A text filled with some values. `hosts` are those that it may link to."""

    kind: str
    channel: str
    language: str
    shop: str
    subject: str
    text: str
    hosts: frozenset[str]
    two_way: bool


NEEDED: dict[tuple[str, str], frozenset[str]] = {
    (Kind.OUT_FOR_DELIVERY, Channel.SMS): frozenset({"cod"}),
    (Kind.OUT_FOR_DELIVERY, Channel.EMAIL): frozenset({"cod"}),
    (Kind.READY_FOR_PICKUP, Channel.SMS): frozenset({"cod", "deadline", "point"}),
    (Kind.READY_FOR_PICKUP, Channel.EMAIL): frozenset({"cod", "deadline", "point"}),
    (Kind.PICKUP_REMINDER, Channel.SMS): frozenset({"deadline"}),
    (Kind.PICKUP_REMINDER, Channel.EMAIL): frozenset({"deadline"}),
    (Kind.FEEDBACK, Channel.SMS): frozenset({"feedback_link"}),
    (Kind.FEEDBACK, Channel.EMAIL): frozenset({"feedback_link"}),
    (Kind.SHOP_ALERT, Channel.EMAIL): frozenset({"alerts"}),
}
"""What a text of a kind must not be silent about, beside the shop (SMS) and the order (all but alerts)."""

_NAMES = r"(?:shop|courier|point\.(?:name|bare|title)|parcel\.courier)"
_INFLECTED = re.compile(r"\{\{-?\s*" + _NAMES + r"\s*-?\}\}['’-]?[^\W\d_]", re.UNICODE)
_FILTERED = re.compile(r"\{\{-?\s*" + _NAMES + r"\s*\|")
_GREETING = "Добрий день!"
_FAMILIAR = {
    "pl": re.compile(r"\b(?:Pan|Pani|Pana|Panu|Pań\w+|ty|ciebie|tobie|tw[oó]j\w*|\w+ł[ea]ś)\b", re.IGNORECASE),
    "uk": re.compile(r"\b(?:ти|тебе|тобі|тво[яєїйю]\w*)\b", re.IGNORECASE),
}
_FRAUD = {
    "pl": re.compile(r"\b(?:(?:za|do|o)?płać|zapłacić|dopłat\w+|zaloguj|zalogować|zaktualizuj|aktualizacj\w+)\b", re.I),
    "uk": re.compile(r"\b(?:сплатіть|оплатіть|доплат\w+|увійдіть|оновіть|оновити)\b", re.I),
    "en": re.compile(r"\b(?:pay (?:now|here|by link)|log in|sign in|update (?:your|the))\b", re.I),
}
_MONEY = re.compile(r"\d[\d\s]*(?:[.,]\d{2})?\s?(?:zl|zł|PLN|грн|UAH|EUR|₴|€)\b|\b(?:PLN|UAH|EUR)\s?\d", re.UNICODE)
_URL = re.compile(r"(?:https?://|www\.)([^/\s)\]]+)", re.IGNORECASE)
_STOP = re.compile(r"\b(?:STOP|СТОП)\b")
_MIXED = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u0400-\u04ff])[^\W\d_]+\b")
_HARD_SPACES = ("\u00a0", "\u202f")


# Of a text as written


def unreadable(source: Source) -> str:
    """It cannot be compiled."""
    try:
        environment().parse(source.text)
    except TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}; correct it"
    return ""


def unknown_variables(source: Source) -> str:
    """It uses a variable that no notice fills."""
    unknown = sorted(used(source.text) - set(meanings(Variables)))
    return f"unknown variable {', '.join(unknown)}; templates/README.md lists those that exist" if unknown else ""


def unknown_parts(source: Source) -> str:
    """It asks a variable for a part that it does not have."""
    parts = {"point": meanings(Place), "cod": meanings(CashOnDelivery)}
    wrong = sorted(
        f"{node.node.name}.{node.attr}"
        for node in environment().parse(source.text).find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.attr not in parts.get(node.node.name, {node.attr: ""})
    )
    return f"unknown variable {', '.join(wrong)}; templates/README.md lists those that exist" if wrong else ""


def missing_parts(source: Source) -> str:
    """It includes a part that does not exist."""
    names = find_referenced_templates(environment().parse(source.text))
    missing = sorted(name or "?" for name in names if not name or built_in(name.removesuffix(".txt")) is None)
    return f"there is no part {', '.join(missing)}; remove the include" if missing else ""


def missing_variables(source: Source) -> str:
    """It is silent about what its kind is for."""
    needed = set(NEEDED.get((source.kind, source.channel), frozenset()))
    needed |= {"shop"} if source.channel == Channel.SMS else set()
    needed |= {"order"} if source.kind != Kind.SHOP_ALERT else set()
    missing = sorted(needed - used(source.text))
    return f"does not say {', '.join(missing)}; add it" if missing else ""


def inflected(source: Source) -> str:
    """A name is given an ending, or a filter changes it."""
    found = _INFLECTED.search(source.text) or _FILTERED.search(source.text)
    return f"inflects a name ({found.group()}); put a noun before it and leave the name alone" if found else ""


def own_paczkomat(source: Source) -> str:
    """It writes InPost's word itself, so that another courier's locker would bear it."""
    found = re.search(r"paczkoma[tc]", source.text, re.IGNORECASE)
    return "writes 'Paczkomat', InPost's own word; use point.name" if found else ""


def odd_characters(source: Source) -> str:
    """Letters or spaces that look like others: in a Polish SMS they would be romanised and go unseen."""
    written = "".join(data.data for data in environment().parse(source.text).find_all(nodes.TemplateData))
    if found := _MIXED.search(written):
        return f"Latin and Cyrillic letters in one word ({found.group()}); type it in one alphabet"
    if source.channel == Channel.SMS and any(space in written for space in _HARD_SPACES):
        return "a non-breaking space (U+00A0 or U+202F) in an SMS; use an ordinary one"
    return ""


def used(text: str) -> set[str]:
    """The variables that a text uses, those of the parts that it includes among them."""
    tree = environment().parse(text)
    assigned = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    names = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"} - assigned
    for part in find_referenced_templates(tree):
        names |= used(built_in((part or "").removesuffix(".txt")) or "")
    return names - {"loop"}


# Of a text as it comes out


def without_shop(said: Said) -> str:
    """An SMS that does not begin with the shop's name."""
    if said.channel == Channel.SMS and not said.text.startswith(f"{said.shop}: "):
        return "an SMS begins with the shop's name and a colon: '{{ shop }}: '"
    return ""


def too_long(said: Said) -> str:
    """An SMS of more segments than its language may have."""
    counted, most = size(said.text), MAX_SEGMENTS[said.language]
    if said.channel == Channel.SMS and counted.segments > most:
        return f"{counted.segments} segments ({counted.encoding}, {counted.length} characters), at most {most}: shorten"
    return ""


def outside_gsm7(said: Said) -> str:
    """A Polish or English SMS that one character makes three times as long."""
    outside = foreign(said.text) if said.channel == Channel.SMS and said.language != "uk" else ""
    return f"characters outside GSM-7: {outside}; replace them" if outside else ""


def hard_spaces(said: Said) -> str:
    """A space that looks ordinary and is not."""
    found = said.channel == Channel.SMS and any(space in said.text for space in _HARD_SPACES)
    return "a non-breaking space (U+00A0 or U+202F) in an SMS; use an ordinary one" if found else ""


def mixed_letters(said: Said) -> str:
    """A word of Latin and Cyrillic letters: it looks right and is not."""
    found = _MIXED.search(f"{said.subject} {said.text}")
    return f"Latin and Cyrillic letters in one word ({found.group()}); type it in one alphabet" if found else ""


def sum_beside_link(said: Said) -> str:
    """A sum and a link in one SMS: what fraud looks like."""
    if said.channel == Channel.SMS and _MONEY.search(said.text) and _URL.search(said.text):
        return "a sum beside a link in an SMS; keep one of them"
    return ""


def asks_to_pay(said: Said) -> str:
    """An SMS that asks to pay, to log in or to update something."""
    found = _FRAUD[said.language].search(said.text) if said.channel == Channel.SMS else None
    return f"asks what fraud asks ({found.group()}); an SMS never does" if found else ""


def foreign_hosts(said: Said) -> str:
    """A link to somebody else."""
    hosts = {found.lower() for found in _URL.findall(said.text)} - said.hosts
    return (
        f"links to {', '.join(sorted(hosts))}, not a host of the shop; use its own or add it to `hosts`"
        if hosts
        else ""
    )


def stop_one_way(said: Said) -> str:
    """STOP offered where no reply can be read."""
    if said.channel == Channel.SMS and not said.two_way and _STOP.search(said.text):
        return "offers STOP, but this sender reads no replies; remove it, or ask `two_way` first"
    return ""


def exclaims(said: Said) -> str:
    """An exclamation mark; only the Ukrainian greeting has one."""
    found = "!" in f"{said.subject} {said.text}".replace(_GREETING, "")
    return "an exclamation mark; say it calmly" if found else ""


def familiar(said: Said) -> str:
    """The reader is called ty, Pan or Pani, or is given a sex."""
    rule = _FAMILIAR.get(said.language)
    found = rule.search(f"{said.subject} {said.text}") if rule else None
    return f"addresses the reader ({found.group()}); say it without a person" if found else ""


OF_SOURCE: tuple[Callable[[Source], str], ...] = (
    unknown_variables,
    unknown_parts,
    missing_parts,
    missing_variables,
    inflected,
    own_paczkomat,
    odd_characters,
)
OF_SAID: tuple[Callable[[Said], str], ...] = (
    without_shop,
    too_long,
    outside_gsm7,
    hard_spaces,
    mixed_letters,
    sum_beside_link,
    asks_to_pay,
    foreign_hosts,
    stop_one_way,
    exclaims,
    familiar,
)


def faults_of_source(source: Source) -> list[str]:
    """What is wrong with a text as written; if it cannot be read, only that."""
    if broken := unreadable(source):
        return [broken]
    return [fault for rule in OF_SOURCE if (fault := rule(source))]


def faults_of_said(said: Said) -> list[str]:
    """What is wrong with a text as it comes out."""
    return [fault for rule in OF_SAID if (fault := rule(said))]
