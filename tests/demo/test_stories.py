"""The demo's stories, written by hand before the code, hold: these messages and no others, and these reasons."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pytest

from infra.demo.story import Alert, Part, minute, read_stories
from schemas.messages import Channel, Kind, Reason
from schemas.orders import SHOP_ITSELF

Row = dict[str, Any]
BOOK = read_stories(Path(__file__).parent / "stories.yaml")

each_part = pytest.mark.parametrize("part", BOOK.parts, ids=str)


class Replayed(Protocol):
    def rows(self, name: str) -> list[Row]: ...


def of_part(rows: Iterable[Row], part: Part) -> list[Row]:
    """The rows of this order and recipient. A guest is whoever the order's only recipient is."""
    order = [row for row in rows if (row["shop"], row["order"]) == (part.shop, part.order)]
    people = {part.recipient} if part.recipient != "guest" else {row["recipient"] for row in order} - {SHOP_ITSELF}
    return [row for row in order if row["recipient"] in people]


def name_of(row: Row) -> tuple[Any, ...]:
    """What makes a message and its outcome the same."""
    slots = tuple(tuple(slot.values()) for slot in row["slots"])
    return row["shop"], row["recipient"], row["kind"], row["channel"], slots, row["generation"]


def told(replayed: Replayed) -> list[Row]:
    """What was composed, without what was made again in vain: the one before had gone out."""
    went = {name_of(row) for row in replayed.rows("outcomes") if row["state"] != "failed"}
    return [row for row in replayed.rows("messages") if row["generation"] == 0 or name_of(row) in went]


@each_part
def test_messages_are_those_of_the_story(part: Part, replayed: Replayed) -> None:
    rows = of_part(told(replayed), part)
    said = [(minute(row["at"], part.clock), row["kind"], row["channel"], row["locale"]) for row in rows]
    assert sorted(said) == sorted(expected[:4] for expected in part.told)


@each_part
def test_what_is_left_unsaid_has_the_storys_reason(part: Part, replayed: Replayed) -> None:
    verdicts = {
        (row["kind"], channel, reason)
        for row in of_part(replayed.rows("decisions"), part)
        for channel, reason in row["verdicts"].items()
    }
    known = verdicts | {(kind, "", reason) for kind, _, reason in verdicts}
    assert set(part.unsaid) <= known


def test_messages_go_to_the_addresses_of_the_story(replayed: Replayed) -> None:
    for part in BOOK.parts:
        rows = of_part(told(replayed), part)
        sent = {(minute(row["at"], part.clock), row["kind"], row["channel"]): row["to"] for row in rows}
        wanted = {expected[:3]: expected.to for expected in part.told if expected.to}
        assert {place: sent.get(place) for place in wanted} == wanted


def test_what_was_handed_over_became_what_the_story_says(replayed: Replayed) -> None:
    outcomes = replayed.rows("outcomes")
    for part in BOOK.parts:
        rows = of_part(outcomes, part)
        assert set(part.became) <= {(row["kind"], row["channel"], row["state"], row["reason"]) for row in rows}


def test_the_shops_are_alerted_when_the_stories_say_so(replayed: Replayed) -> None:
    rows = [row for row in told(replayed) if row["kind"] == Kind.SHOP_ALERT]
    alerts = [Alert(row["shop"], minute(row["at"], BOOK.clocks[row["shop"]])) for row in rows]
    assert sorted(alerts) == sorted(BOOK.alerts)


def test_sowa_speaks_of_cardboard_boxes_since_its_second_version(replayed: Replayed) -> None:
    of_sowa = [row for row in replayed.rows("messages") if (row["shop"], row["locale"]) == ("sowa", "pl")]
    delivered = [row for row in of_sowa if (row["kind"], row["channel"]) == (Kind.DELIVERED, Channel.EMAIL)]
    assert {row["bundle"] for row in delivered} == {"1", "2"}
    assert all(("kartony" in row["text"]) == (row["bundle"] == "2") for row in delivered)
    assert all((row["bundle"] == "2") == (minute(row["at"], BOOK.clocks["sowa"]) >= "19.10") for row in delivered)


def test_each_line_that_cannot_be_used_has_its_dead_letter(replayed: Replayed) -> None:
    assert len(replayed.rows("dead_letters")) == 9


def test_stories_speak_in_the_projects_words() -> None:
    said = [expected for part in BOOK.parts for expected in part.told]
    assert {expected.kind for expected in said} <= set(Kind)
    assert {expected.channel for expected in said} <= set(Channel)
    assert {unsaid.reason for part in BOOK.parts for unsaid in part.unsaid} <= set(Reason)


def test_at_least_thirty_orders_are_told() -> None:
    assert len({(part.shop, part.order) for part in BOOK.parts}) >= 30
