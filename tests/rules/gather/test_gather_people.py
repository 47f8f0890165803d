"""Who is told: recipients that come and go, and the shop itself."""

from typing import Any

import pytest

from schemas.orders import SHOP_ITSELF, Role
from schemas.times import DAY, HOUR

BUYER = Role("c-1", "buyer", "pl")
CONSIGNEE = Role("c-2", "consignee", "uk")


def test_each_recipient_is_told_in_their_own_role_and_language(play: Any, monday: int) -> None:
    play.order("placed", monday, recipients=(BUYER, CONSIGNEE))
    assert [(n.recipient, n.role, n.locale) for n in play.news() + play.news("c-2")] == [
        ("c-1", "buyer", "pl"),
        ("c-2", "consignee", "uk"),
    ]


def test_a_recipient_without_a_language_reads_the_orders(play: Any, monday: int) -> None:
    play.order("placed", monday, recipients=(Role("c-1"),), locale="en")
    assert play.news()[0].locale == "en"


def test_a_newer_list_that_says_no_language_changes_none(play: Any, monday: int) -> None:
    play.order("placed", monday, recipients=(BUYER, CONSIGNEE))
    assert play.order("changed", monday + HOUR, recipients=(Role("c-1", "buyer"), Role("c-2", "consignee"))) == []
    assert play.news("c-2")[-1].locale == "uk"


def test_who_joins_is_told_where_each_parcel_stands_now(play: Any, monday: int) -> None:
    play.order("placed", monday)
    for number in ("600", "601", "602"):
        play.ship(number, monday + HOUR)
    play.scan("600", "accepted", monday + DAY)
    play.scan("600", "in_transit", monday + DAY + HOUR, name="o600")
    play.scan("601", "delivered", monday + 2 * DAY, name="o601", number_of=2, reason="signed")
    play.order("changed", monday + 3 * DAY, recipients=(BUYER, CONSIGNEE))
    (news,) = play.news("c-2")
    assert news.late_join
    assert not news.removed
    assert [(h.trigger, h.subject, h.occurrence, h.occurred_at, h.recorded_at) for h in news.happenings] == [
        ("in_transit", "inpost/600", "o600", monday + DAY + HOUR, monday + 3 * DAY),
        ("delivered", "inpost/601", "o601", monday + 2 * DAY, monday + 3 * DAY),
    ]
    assert (news.happenings[1].number, news.happenings[1].reason) == (2, "signed")
    assert play.news()[-1].happenings == ()
    assert not play.news()[-1].late_join


def test_who_leaves_is_told_so_once_and_nothing_more(play: Any, monday: int) -> None:
    play.order("placed", monday, recipients=(BUYER, CONSIGNEE))
    play.order("changed", monday + HOUR, recipients=(BUYER,))
    play.order("confirmed", monday + 2 * HOUR)
    first, last = play.news("c-2")
    assert (first.removed, last.removed, last.happenings) == (False, True, ())
    assert [news.removed for news in play.news()] == [False, False, False]


def test_who_left_and_comes_back_joins_late(play: Any, monday: int) -> None:
    play.order("placed", monday, recipients=(BUYER, CONSIGNEE))
    play.order("changed", monday + HOUR, recipients=(BUYER,))
    play.order("changed", monday + 2 * HOUR, recipients=(BUYER, CONSIGNEE))
    assert [(news.removed, news.late_join) for news in play.news("c-2")] == [
        (False, False),
        (True, False),
        (False, True),
    ]


def test_an_older_list_that_comes_late_changes_nobody(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.order("changed", monday + 2 * HOUR, recipients=(BUYER, CONSIGNEE))
    assert play.order("changed", monday + HOUR, monday + 3 * HOUR, recipients=(BUYER,)) == []


def test_a_role_that_changes_is_news(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.order("changed", monday + HOUR, recipients=(Role("c-1", "other", "en"),))
    assert (play.news()[-1].role, play.news()[-1].locale) == ("other", "en")
    assert play.records[-1].recipients == (Role("c-1", "other", "en"),)


def test_an_order_without_recipients_is_recorded_and_tells_nobody(play: Any, monday: int) -> None:
    play.order("placed", monday, recipients=())
    assert [type(said).__name__ for said in play.said] == ["OrderRecord"]


@pytest.mark.parametrize("status", ["exception", "undeliverable", "lost"])
def test_the_shop_is_told_of_a_problem_in_its_own_language(play: Any, monday: int, status: str) -> None:
    play.order("placed", monday)
    play.ship("600", monday + HOUR)
    play.scan("600", status, monday + DAY)
    (news,) = play.news(SHOP_ITSELF)
    assert (news.role, news.locale, [h.trigger for h in news.happenings]) == ("shop", "uk", [status])


@pytest.mark.parametrize("status", ["accepted", "held", "delivered", "returning"])
def test_the_shop_is_not_told_of_what_goes_well(play: Any, monday: int, status: str) -> None:
    play.order("placed", monday)
    play.ship("600", monday + HOUR)
    play.scan("600", status, monday + DAY)
    assert play.news(SHOP_ITSELF) == []


def test_the_shop_is_not_told_of_a_problem_that_is_over(play: Any, monday: int) -> None:
    play.order("placed", monday)
    play.ship("600", monday + HOUR)
    play.scan("600", "exception", monday + DAY, late=True)
    assert play.news(SHOP_ITSELF) == []


def test_news_of_a_shop_that_is_not_known_flows_on(play: Any, monday: int) -> None:
    play.shop = None
    play.order("placed", monday, dispatch_by=monday)
    play.ship("600", monday + HOUR)
    play.scan("600", "lost", monday + DAY)
    assert play.triggers() == ["placed", "lost"]
    assert [news.role for news in play.news(SHOP_ITSELF)] == ["shop"]
    assert play.wake_at == monday + 121 * DAY


def test_versions_rise_by_one_and_all_of_a_step_share_one(play: Any, monday: int) -> None:
    play.order("placed", monday, recipients=(BUYER, CONSIGNEE))
    play.ship("600", monday + HOUR)
    play.scan("600", "exception", monday + DAY)
    play.order("changed", monday + 2 * DAY, recipients=(BUYER,))
    assert [record.sequence for record in play.records] == [1, 2, 3, 4]
    for news in (*play.news(), *play.news("c-2"), *play.news(SHOP_ITSELF)):
        assert play.records[news.order.version - 1].at == news.at
        assert play.records[news.order.version - 1].view == news.order
