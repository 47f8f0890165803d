"""What customers wish of their messages, folded from what they said; and the events that say a change of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from schemas.customers import NO_WISHES, CustomerFact, Wishes
from schemas.messages import Channel, Class

EVERYTHING = frozenset(f"{channel}/{cls}" for channel in Channel for cls in Class)
"""Every pair of channel and class: who has left them all hears nothing but what the contract demands."""


def pairs(fact: CustomerFact) -> frozenset[str]:
    """The pairs of channel and class that a STOP or START means."""
    return pairs_of(fact.channel, fact.cls)


def pairs_of(channel: str = "", cls: str = "") -> frozenset[str]:
    """The pairs of this channel and class; "" on a side means all."""
    channels = [channel] if channel else list(Channel)
    classes = [cls] if cls else list(Class)
    return frozenset(f"{each}/{ground}" for each in channels for ground in classes)


def kinds_after(kinds: Mapping[str, tuple[str, ...]], fact: CustomerFact) -> dict[str, tuple[str, ...]]:
    """Channels by kind after a fact: what it names, without what it takes back."""
    named = {**kinds, **dict(fact.kinds)}
    return {kind: channels for kind, channels in named.items() if kind not in fact.as_usual}


def after(wishes: Wishes, fact: CustomerFact) -> Wishes:
    """The wishes after what a customer said."""
    if fact.happened == "opted_out":
        return replace(wishes, left=wishes.left | pairs(fact))
    if fact.happened == "opted_in":
        return replace(wishes, left=wishes.left - pairs(fact))
    if fact.happened == "erased":
        return replace(NO_WISHES, left=wishes.left)
    if fact.happened != "changed":
        return wishes
    return replace(
        wishes,
        kinds=kinds_after(wishes.kinds, fact),
        window=fact.window or (None if "window" in fact.as_usual else wishes.window),
        locale=fact.locale or ("" if "locale" in fact.as_usual else wishes.locale),
        paused=(wishes.paused | {fact.pause_order} - {""}) - {fact.resume_order},
    )


class Said(NamedTuple):
    """What an event says: the last word of its type, and its data without shop and customer."""

    happened: str
    data: dict[str, Any]


def said(before: Wishes, now: Wishes) -> tuple[Said, ...]:
    """What must be said so that whoever knew the wishes before knows them now. Nothing, if nothing changed."""
    changed = _changed(before, now)
    return (
        *([Said("changed", changed)] if changed else []),
        *(Said("changed", {"pause_order": order}) for order in sorted(now.paused - before.paused)),
        *(Said("changed", {"resume_order": order}) for order in sorted(before.paused - now.paused)),
        *_opted("opted_in", before.left - now.left),
        *_opted("opted_out", EVERYTHING if now.left == EVERYTHING != before.left else now.left - before.left),
    )


def _changed(before: Wishes, now: Wishes) -> dict[str, Any]:
    kinds = {kind: list(channels) for kind, channels in now.kinds.items() if before.kinds.get(kind) != channels}
    as_usual = sorted(before.kinds.keys() - now.kinds.keys())
    data: dict[str, Any] = {"kinds": kinds} if kinds else {}
    if now.window != before.window:
        if now.window is None:
            as_usual.append("window")
        else:
            data["window"] = dict(zip(("opens", "closes"), map(_clock, now.window), strict=True))
    if now.locale != before.locale:
        if now.locale:
            data["locale"] = now.locale
        else:
            as_usual.append("locale")
    return {**data, "as_usual": as_usual} if as_usual else data


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _opted(happened: str, left: Iterable[str]) -> Iterator[Said]:
    """One event for all, else one a class, else one a channel and class."""
    rest = frozenset(left)
    if rest == EVERYTHING:
        yield Said(happened, {})
        return
    for cls in Class:
        both = pairs_of(cls=cls)
        if both <= rest:
            yield Said(happened, {"class": str(cls)})
        else:
            for pair in sorted(both & rest):
                yield Said(happened, {"channel": pair.partition("/")[0], "class": str(cls)})
