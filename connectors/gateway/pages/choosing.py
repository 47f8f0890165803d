"""My messages: from a customer's wishes to the choices that their page shows, and back from its form. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from msgspec.structs import replace

from schemas.customers import Wishes
from schemas.errors import BadInput
from schemas.messages import Channel, Class, Kind
from schemas.orders import OrderView
from schemas.shops import Bundle
from schemas.status import HARD_ENDS
from templates.page_words import LANGUAGE_NAMES, page_words
from templates.view import one_line

GROUPS: dict[str, tuple[str, ...]] = {
    "shipping": (Kind.ORDER_PACKED, Kind.SHIPPED),
    "delays": (Kind.LATE_TO_LEAVE, Kind.DELAYED, Kind.NO_MOVEMENT),
    "delivery": (Kind.ARRIVING_TOMORROW, Kind.OUT_FOR_DELIVERY, Kind.DELIVERY_ATTEMPTED),
    "pickup": (Kind.READY_FOR_PICKUP, Kind.PICKUP_REMINDER, Kind.PICKUP_EXPIRED),
    "trouble": (Kind.ACTION_NEEDED, Kind.PROBLEM),
    "done": (Kind.DELIVERED, Kind.GOING_BACK, Kind.CAME_BACK),
    "feedback": (Kind.FEEDBACK,),
}
"""What a customer chooses at once -> its kinds. Every kind that can be left stands in one."""

CHANNELS: dict[str, tuple[str, ...] | None] = {
    "usual": None,
    "sms": (str(Channel.SMS),),
    "email": (str(Channel.EMAIL),),
    "none": (),
}
"""A choice -> the channels that it means; None: as the shop does."""

MIXED = "mixed"
"""Chosen elsewhere, kind by kind; choosing it again leaves it so."""

OPENS, CLOSES = tuple(range(6, 22)), tuple(range(8, 24))
"""Whole hours that the page offers."""

LEAVABLE = (Class.SERVICE, Class.FEEDBACK)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds that are chosen together."""

    name: str
    title: str
    about: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class OrderChoice:
    """An order, and whether its messages are paused."""

    order: str
    number: str
    is_paused: bool


@dataclass(frozen=True, slots=True)
class Left:
    """What was left: words, and the pair that revives it."""

    words: str
    revive: str
    pair: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """The page."""

    groups: tuple[Group, ...]
    opens: tuple[Option, ...]
    closes: tuple[Option, ...]
    usual_hours: tuple[str, str]
    languages: tuple[Option, ...]
    orders: tuple[OrderChoice, ...]
    left: tuple[Left, ...]
    has_stopped: bool


def choosing(
    wishes: Wishes, bundle: Bundle, orders: Iterable[OrderView], language: str, given: Mapping[str, str] | None = None
) -> Choosing:
    """What the page shows. `given`: a form that was not taken, whose choices shall not be lost."""
    words = page_words(language)
    opens, closes = wishes.window or (None, None)
    if given is not None:
        wishes = chosen(wishes, {**given, "opens": "", "closes": ""})
        opens, closes = _number(given.get("opens", "")), _number(given.get("closes", ""))
    names = [name for name in GROUPS if name != "feedback" or bundle.holds_feedback_basis]
    usual = bundle.window
    has_stopped = is_stopped(wishes)
    return Choosing(
        groups=tuple(_group(name, wishes, bundle, language) for name in names),
        opens=_hours(OPENS, opens, language),
        closes=_hours(CLOSES, closes, language),
        usual_hours=(_of_day(usual.opens, language), _of_day(usual.closes, language)),
        languages=_languages(wishes, bundle, language),
        orders=tuple(
            OrderChoice(view.order, one_line(view.number or view.order), view.order in wishes.paused)
            for view in orders
            if goes_on(view) or view.order in wishes.paused
        ),
        left=() if has_stopped else tuple(_left(wishes, words)),
        has_stopped=has_stopped,
    )


def chosen(wishes: Wishes, fields: Mapping[str, str]) -> Wishes:
    """The wishes after the page's form. Raises BadInput; its place is `hours` for hours that cannot be."""
    kinds = dict(wishes.kinds)
    for name, members in GROUPS.items():
        choice = fields.get(name, MIXED)
        if choice == MIXED:
            continue
        if choice not in CHANNELS:
            raise BadInput("no such choice", name)
        channels = CHANNELS[choice]
        for kind in members:
            if channels is None:
                kinds.pop(kind, None)
            else:
                kinds[str(kind)] = channels
    return replace(wishes, kinds=kinds, window=_window(fields), locale=_language(wishes, fields))


def is_stopped(wishes: Wishes) -> bool:
    """Whether they want nothing that they can leave, on any channel."""
    return all(f"{channel}/{cls}" in wishes.left for channel in Channel for cls in LEAVABLE)


def goes_on(view: OrderView) -> bool:
    """Whether anything more is to be expected of an order."""
    outward = [parcel for parcel in view.parcels if parcel.direction == "outbound"]
    if not outward or len(outward) < view.expected:
        return view.lifecycle not in ("cancelled", "expired", "completed", "returned")
    return any(parcel.status not in HARD_ENDS for parcel in outward)


def _group(name: str, wishes: Wishes, bundle: Bundle, language: str) -> Group:
    words = page_words(language)["messages"]
    now = _choice(wishes, GROUPS[name])
    several = bool(bundle.sms) and name != "feedback"
    offered = ["usual", *(("sms", "email") if several else ()), "none"]
    values = offered if now in offered else [now, *offered]
    options = tuple(Option(value, words["choices"][value], value == now) for value in values)
    return Group(name, words["groups"][name]["name"], words["groups"][name]["about"], options)


def _choice(wishes: Wishes, kinds: tuple[str, ...]) -> str:
    found = {wishes.kinds.get(kind) for kind in kinds}
    channels = found.pop()
    return MIXED if found else next((choice for choice, its in CHANNELS.items() if its == channels), MIXED)


def _hours(offered: tuple[int, ...], now: int | None, language: str) -> tuple[Option, ...]:
    """As usual, the whole hours, and what was chosen elsewhere."""
    minutes = sorted({*(hour * 60 for hour in offered), *([] if now is None else [now])})
    usual = Option("", page_words(language)["messages"]["choices"]["usual"], now is None)
    return (usual, *(Option(str(value), _clock(value, language), value == now) for value in minutes))


def _languages(wishes: Wishes, bundle: Bundle, language: str) -> tuple[Option, ...]:
    usual = Option("", page_words(language)["messages"]["choices"]["usual"], not wishes.locale)
    spoken = (Option(name, said, name == wishes.locale) for name, said in LANGUAGE_NAMES.items())
    return (usual, *(option for option in spoken if option.value in bundle.languages))


def _of_day(clock: time, language: str) -> str:
    return _clock(clock.hour * 60 + clock.minute, language)


def _clock(minutes: int, language: str) -> str:
    hour = f"{minutes // 60:02}" if language == "en" else str(minutes // 60)
    return f"{hour}:{minutes % 60:02}"


def _window(fields: Mapping[str, str]) -> tuple[int, int] | None:
    opens, closes = _number(fields.get("opens", "")), _number(fields.get("closes", ""))
    if opens is None and closes is None:
        return None
    if opens is None or closes is None:
        raise BadInput("both_hours", "hours")
    if opens >= closes:
        raise BadInput("wrong_hours", "hours")
    return opens, closes


def _number(minutes: str) -> int | None:
    """Minutes of a day; None for "". Raises BadInput."""
    if not minutes:
        return None
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 4 and int(minutes) < 24 * 60):
        raise BadInput("not an hour of a day", "opens")
    return int(minutes)


def _language(wishes: Wishes, fields: Mapping[str, str]) -> str:
    language = fields.get("language", wishes.locale)
    if language not in ("", "pl", "uk", "en"):
        raise BadInput("no such language", "language")
    return language


def _left(wishes: Wishes, words: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterable[Left]:
    for cls in LEAVABLE:
        for channel in Channel:
            pair = f"{channel}/{cls}"
            if pair in wishes.left:
                yield Left(words["left"][cls][channel], words["revive"][cls][channel], pair)
