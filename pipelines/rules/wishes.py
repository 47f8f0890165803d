"""What customers wish of their messages, folded from what they said; and the events that say a change of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from schemas.customers import NO_WISHES, CustomerFact, Receipt, Wishes
from schemas.messages import Channel, Class
from schemas.orders import SHOP_ITSELF
from schemas.times import Millis
from schemas.wire import Body

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


def fact_in(body: Body) -> CustomerFact | None:
    """What an arrival for Plan says of a customer and of what they wish; None if nothing."""
    if isinstance(body, Receipt) and body.said == "opted_out":
        body = CustomerFact(body.shop, body.recipient, "opted_out", body.occurred_at, channel=body.channel)
    if not isinstance(body, CustomerFact) or body.recipient == SHOP_ITSELF:
        return None
    return body if body.happened in ("changed", "opted_out", "opted_in", "erased") else None


ALL_ELSE = ""
"""In `Told.at`: when everything was said that has no moment of its own there, but for what was left."""


class Told(NamedTuple):
    """Wishes, and when each of them was said last: facts may come late, twice and in any order."""

    wishes: Wishes = NO_WISHES
    at: Mapping[str, Millis] = {}


def hear(told: Told, fact: CustomerFact) -> Told:
    """What is known after a fact. What was said of the same thing later stays."""
    if fact.happened == "erased":
        return _erased(told, fact.occurred_at)
    return _with(told, _parts(after(told.wishes, fact)), _spoken_of(fact), fact.occurred_at)


def change(told: Told, seen: Wishes, wishes: Wishes, at: Millis) -> Told:
    """What is known after somebody who had `seen` wishes put others in their place: the difference alone counts."""
    old, new = _parts(seen), _parts(wishes)
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return _with(told, new, differing | {f"left/{pair}" for pair in _newly_left(seen, wishes)}, at)


def _with(told: Told, new: Mapping[str, Any], named: Iterable[str], at: Millis) -> Told:
    fresh = {name for name in named if _said_at(told, name) <= at}
    parts = {name: value for name, value in _parts(told.wishes).items() if name not in fresh}
    parts |= {name: new[name] for name in fresh if name in new}
    return Told(_whole(parts), {**told.at, **dict.fromkeys(fresh, at)})


def _erased(told: Told, at: Millis) -> Told:
    """Without what was wished before. Not even the names of it stay; that they left does."""
    gone = {name for name in (*_parts(told.wishes), *told.at) if not _is_left(name) and _said_at(told, name) <= at}
    parts = {name: value for name, value in _parts(told.wishes).items() if name not in gone}
    since = max(at, told.at.get(ALL_ELSE, at))
    return Told(_whole(parts), {**{name: when for name, when in told.at.items() if name not in gone}, ALL_ELSE: since})


def _said_at(told: Told, name: str) -> Millis:
    return told.at.get(name, 0 if _is_left(name) else told.at.get(ALL_ELSE, 0))


def _is_left(name: str) -> bool:
    return name.startswith("left/")


def _parts(wishes: Wishes) -> dict[str, Any]:
    """Each wish by its name."""
    return {
        **{f"kinds/{kind}": channels for kind, channels in wishes.kinds.items()},
        **({} if wishes.window is None else {"window": wishes.window}),
        **({"locale": wishes.locale} if wishes.locale else {}),
        **{f"left/{pair}": True for pair in wishes.left},
        **{f"paused/{order}": True for order in wishes.paused},
    }


def _whole(parts: Mapping[str, Any]) -> Wishes:
    return Wishes(
        kinds=dict(_below("kinds/", parts)),
        window=parts.get("window"),
        locale=parts.get("locale", ""),
        left=frozenset(name for name, _ in _below("left/", parts)),
        paused=frozenset(name for name, _ in _below("paused/", parts)),
    )


def _below(prefix: str, parts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name.removeprefix(prefix), value) for name, value in parts.items() if name.startswith(prefix))


def _spoken_of(fact: CustomerFact) -> Collection[str]:
    """The names of what a fact speaks of."""
    if fact.happened != "changed":
        return [f"left/{pair}" for pair in pairs(fact)]
    plain = {"window", "locale"}
    return {
        *(f"kinds/{kind}" for kind, _ in fact.kinds),
        *(name if name in plain else f"kinds/{name}" for name in fact.as_usual),
        *(["window"] if fact.window else []),
        *(["locale"] if fact.locale else []),
        *(f"paused/{order}" for order in (fact.pause_order, fact.resume_order) if order),
    }


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
        *_opted("opted_out", _newly_left(before, now)),
    )


def _newly_left(before: Wishes, now: Wishes) -> frozenset[str]:
    """What was left by this change. Who leaves all means all, even what they had left before and took back since."""
    return EVERYTHING if now.left == EVERYTHING != before.left else now.left - before.left


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
