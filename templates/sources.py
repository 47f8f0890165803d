"""The rules for a text as its author wrote it, one function each.

A rule answers with what is wrong and what to do, or "" if it has nothing to say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_referenced_templates

from schemas.messages import Channel, Kind
from templates.render import built_in, environment
from templates.variables import CashOnDelivery, Place, Variables, meanings
from templates.wording import HARD_SPACES, MIXED


@dataclass(frozen=True)
class Source:
    """A text as its author wrote it."""

    kind: str
    channel: str
    language: str
    text: str


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
    if found := MIXED.search(written):
        return f"Latin and Cyrillic letters in one word ({found.group()}); type it in one alphabet"
    if source.channel == Channel.SMS and any(space in written for space in HARD_SPACES):
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


OF_SOURCE: tuple[Callable[[Source], str], ...] = (
    unknown_variables,
    unknown_parts,
    missing_parts,
    missing_variables,
    inflected,
    own_paczkomat,
    odd_characters,
)


def faults_of_source(source: Source) -> list[str]:
    """What is wrong with a text as written; if it cannot be read, only that."""
    if broken := unreadable(source):
        return [broken]
    return [fault for rule in OF_SOURCE if (fault := rule(source))]
