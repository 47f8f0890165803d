"""Links, preferences and marks, on every kind of store."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace
from sqlalchemy import create_engine, inspect

from connectors.store import feedback, links, page_tables, preferences
from connectors.store.hearing import hear
from connectors.store.opening import Store, upgrade
from pipelines.rules.wishes import pairs_of
from schemas.customers import NO_WISHES, CustomerFact, Wishes
from schemas.messages import Message
from schemas.orders import SHOP_ITSELF
from schemas.times import DAY
from templates.links import KeptLink, link_code, links_of

KEY = b"k" * 32
Say = Callable[..., Message]


def kept(say: Say, **changes: object) -> tuple[KeptLink, ...]:
    return links_of(say(**changes), KEY)


def test_the_migration_makes_the_tables_that_the_code_expects() -> None:
    engine = create_engine("sqlite://")
    upgrade(engine)
    found = inspect(engine)
    for table in (page_tables.links, page_tables.preferences, page_tables.feedback):
        assert {column["name"] for column in found.get_columns(table.name)} == {column.name for column in table.columns}
        assert {index["name"] for index in found.get_indexes(table.name)} == {index.name for index in table.indexes}
    engine.dispose()


def test_a_message_has_the_links_that_its_words_may_hold(say: Say) -> None:
    assert [link.scope for link in kept(say, unsubscribe="")] == ["order/o1", "preferences"]
    assert [link.scope for link in kept(say, channel="email")] == ["order/o1", "preferences", "unsubscribe/service"]
    asked = kept(say, channel="email", kind="feedback", cls="feedback")
    assert [link.scope for link in asked][2:] == ["feedback/o1", "unsubscribe/feedback"]
    assert all(link.code == link_code(KEY, "sowa", "c1", link.scope) for link in asked)


def test_a_letter_that_takes_over_from_an_sms_has_its_way_out(say: Say) -> None:
    message = say(unsubscribe="", otherwise=say(channel="email"))
    assert [link.scope for link in links_of(message, KEY)] == ["order/o1", "preferences", "unsubscribe/service"]


def test_what_the_shop_itself_is_told_has_no_links(say: Say) -> None:
    assert kept(say, recipient=SHOP_ITSELF) == ()


def test_a_link_opens_for_its_shop_until_it_expires(store: Store, say: Say) -> None:
    shelf = links.Links(store)
    order, choice = kept(say, unsubscribe="")
    shelf.keep((order, choice))
    shelf.keep((choice,))
    assert shelf.resolve(order.code, "sowa", 2_000) == order
    assert shelf.resolve(order.code, "sowa", order.expires_at - 1) == order
    assert shelf.resolve(order.code, "sowa", order.expires_at) is None
    assert shelf.resolve(order.code, "lela", 2_000) is None
    for strange in ("0000000000", "", "\0" * 10, "ж" * 10, "' OR 1=1 -", order.code + "0", order.code[:9]):
        assert shelf.resolve(strange, "sowa", 2_000) is None
    assert shelf.of_recipient("sowa", "c1", 2_000) == [order, choice]
    assert shelf.of_recipient("sowa", "c2", 2_000) == []


def test_a_newer_message_makes_a_link_live_longer_and_an_older_one_not_shorter(store: Store, say: Say) -> None:
    shelf = links.Links(store)
    older, newer = kept(say)[0], kept(say, at=5_000, valid_until=2_000_000_000)[0]
    shelf.keep([newer])
    shelf.keep([older])
    assert shelf.resolve(older.code, "sowa", 2_000) == newer
    assert newer.expires_at == 2_000_000_000 + 90 * DAY


def test_nobody_takes_over_a_code(store: Store, say: Say) -> None:
    shelf = links.Links(store)
    link = kept(say)[0]
    shelf.keep([link])
    shelf.keep([link._replace(recipient="c2", expires_at=link.expires_at + 1)])
    assert shelf.resolve(link.code, "sowa", 2_000) == link


def test_who_is_forgotten_has_no_links(store: Store, say: Say) -> None:
    shelf = links.Links(store)
    mine, other = kept(say)[0], kept(say, recipient="c2")[0]
    shelf.keep([mine, other])
    shelf.forget("sowa", "c1", 2_000)
    assert shelf.resolve(mine.code, "sowa", 2_000) is None
    assert shelf.resolve(other.code, "sowa", 2_000) == other


def test_wishes_are_read_back_as_they_were_kept_with_what_was_before(store: Store) -> None:
    shelf = preferences.Preferences(store)
    assert shelf.of("sowa", "c1") == preferences.Kept()
    before = Wishes(kinds={"shipped": ("email",)})
    now = Wishes({"shipped": ()}, (600, 900), "uk", pairs_of("sms"), frozenset({"o1"}))
    shelf.change("sowa", "c1", NO_WISHES, before, 1_000)
    shelf.change("sowa", "c1", before, now, 2_000)
    assert shelf.of("sowa", "c1")[:3] == (now, before, 2_000)
    assert shelf.of("lela", "c1") == preferences.Kept()
    shelf.change("sowa", "c1", now, before, 1_999)
    assert shelf.of("sowa", "c1").wishes == now
    shelf.change("sowa", "c1", now, before, 3_000, undo=False)
    assert shelf.of("sowa", "c1")[:3] == (before, None, 3_000)


def test_what_is_heard_elsewhere_shows_unless_it_is_older(store: Store) -> None:
    shelf = preferences.Preferences(store)
    stop = CustomerFact("sowa", "c1", "opted_out", 2_000, channel="sms")
    shelf.hear([stop])
    assert shelf.of("sowa", "c1")[:3] == (Wishes(left=pairs_of("sms")), None, 2_000)
    shelf.hear([replace(stop, happened="opted_in", occurred_at=1_000)])
    assert shelf.of("sowa", "c1").wishes.left == pairs_of("sms")
    shelf.change("sowa", "c1", shelf.of("sowa", "c1").wishes, Wishes(left=pairs_of()), 3_000)
    shelf.hear([replace(stop, occurred_at=3_000)])
    assert shelf.of("sowa", "c1").before == Wishes(left=pairs_of("sms"))
    shelf.hear([replace(stop, happened="opted_in", occurred_at=4_000)])
    assert shelf.of("sowa", "c1")[:3] == (Wishes(left=pairs_of("email")), None, 4_000)


def test_a_stop_heard_while_the_page_was_open_stays(store: Store) -> None:
    shelf = preferences.Preferences(store)
    shelf.hear([CustomerFact("sowa", "c1", "opted_out", 1_500, channel="sms")])
    shelf.change("sowa", "c1", NO_WISHES, Wishes(locale="uk"), 2_000)
    assert shelf.of("sowa", "c1").wishes == Wishes(locale="uk", left=pairs_of("sms"))


def test_a_row_of_before_each_wish_had_its_moment_is_read_and_goes_by_its_last_change(store: Store) -> None:
    packed = b"\x01" + msgspec.msgpack.encode(Wishes({"shipped": ()}, left=pairs_of("sms", "service")))
    row = {"shop": "sowa", "recipient": "c1", "wishes": packed, "before": None, "changed_at": 2_000}
    with store.transaction() as connection:
        connection.execute(page_tables.preferences.insert().values(row))
    shelf = preferences.Preferences(store)
    shelf.hear(
        [CustomerFact("sowa", "c1", "opted_in", 1_999), CustomerFact("sowa", "c1", "changed", 1_999, locale="en")]
    )
    assert shelf.of("sowa", "c1").wishes == Wishes({"shipped": ()}, left=pairs_of("sms", "service"))
    shelf.hear([CustomerFact("sowa", "c1", "changed", 2_001, locale="en", as_usual=("shipped",))])
    assert shelf.of("sowa", "c1").wishes == Wishes(locale="en", left=pairs_of("sms", "service"))


def test_an_erasure_leaves_what_came_later_and_that_they_left(store: Store, say: Say) -> None:
    early, late = kept(say)[0], kept(say, order="o2", at=6_000, valid_until=2_000_000_000)[0]
    links.Links(store).keep([early, late])
    for order, moment in (("o1", 1_000), ("o2", 6_000)):
        feedback.Feedback(store).keep("sowa", "c1", order, feedback.Given(2, "Za późno.", moment))
    shelf = preferences.Preferences(store)
    shelf.hear([CustomerFact("sowa", "c1", "opted_out", 1_000, channel="sms")])
    shelf.change("sowa", "c1", shelf.of("sowa", "c1").wishes, Wishes(locale="uk", left=pairs_of("sms")), 2_000)
    for _ in range(2):
        hear(store, [CustomerFact("sowa", "c1", "erased", 5_000)])
        assert shelf.of("sowa", "c1")[:2] == (Wishes(left=pairs_of("sms")), None)
        assert [links.Links(store).of_any_shop(link.code, 7_000) for link in (early, late)] == [None, late]
        assert feedback.Feedback(store).of("sowa", "c1", "o1") is None
        assert feedback.Feedback(store).of("sowa", "c1", "o2") is not None
    hear(store, [CustomerFact("sowa", "c1", "changed", 4_000, locale="en")])
    assert shelf.of("sowa", "c1").wishes == Wishes(left=pairs_of("sms"))


def test_the_newest_mark_counts_and_can_be_forgotten(store: Store) -> None:
    shelf = feedback.Feedback(store)
    assert shelf.of("sowa", "c1", "o1") is None
    shelf.keep("sowa", "c1", "o1", feedback.Given(2, "", 1_000))
    shelf.keep("sowa", "c1", "o1", feedback.Given(4, "Dobrze zapakowane.", 2_000))
    assert shelf.of("sowa", "c1", "o1") == feedback.Given(4, "Dobrze zapakowane.", 2_000)
    assert shelf.of("sowa", "c2", "o1") is None
    shelf.forget("sowa", "c1", 1_999)
    assert shelf.of("sowa", "c1", "o1") == feedback.Given(4, "Dobrze zapakowane.", 2_000)
    shelf.forget("sowa", "c1", 2_000)
    assert shelf.of("sowa", "c1", "o1") is None
