"""Links, preferences and marks, on every kind of store."""

from collections.abc import Callable

from msgspec.structs import replace
from sqlalchemy import create_engine, inspect

from connectors.store import feedback, links, page_tables, preferences
from connectors.store.opening import Store, upgrade
from pipelines.rules.wishes import pairs_of
from schemas.customers import CustomerFact, Wishes
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
    shelf.forget("sowa", "c1")
    assert shelf.resolve(mine.code, "sowa", 2_000) is None
    assert shelf.resolve(other.code, "sowa", 2_000) == other


def test_wishes_are_read_back_as_they_were_kept_with_what_was_before(store: Store) -> None:
    shelf = preferences.Preferences(store)
    assert shelf.of("sowa", "c1") == preferences.Kept()
    before = Wishes(kinds={"shipped": ("email",)})
    now = Wishes({"shipped": ()}, (600, 900), "uk", pairs_of("sms"), frozenset({"o1"}))
    shelf.keep("sowa", "c1", preferences.Kept(now, before, 2_000))
    assert shelf.of("sowa", "c1") == preferences.Kept(now, before, 2_000)
    assert shelf.of("lela", "c1") == preferences.Kept()
    shelf.keep("sowa", "c1", preferences.Kept(before, None, 1_999))
    assert shelf.of("sowa", "c1").wishes == now


def test_what_is_heard_elsewhere_shows_unless_it_is_older(store: Store) -> None:
    shelf = preferences.Preferences(store)
    stop = CustomerFact("sowa", "c1", "opted_out", 2_000, channel="sms")
    shelf.hear(stop)
    assert shelf.of("sowa", "c1") == preferences.Kept(Wishes(left=pairs_of("sms")), None, 2_000)
    shelf.hear(replace(stop, happened="opted_in", occurred_at=1_000))
    assert shelf.of("sowa", "c1").wishes.left == pairs_of("sms")
    shelf.keep("sowa", "c1", preferences.Kept(Wishes(left=pairs_of()), Wishes(), 3_000))
    shelf.hear(replace(stop, occurred_at=3_000))
    assert shelf.of("sowa", "c1").before == Wishes()


def test_the_newest_mark_counts_and_words_can_be_forgotten(store: Store) -> None:
    shelf = feedback.Feedback(store)
    assert shelf.of("sowa", "c1", "o1") is None
    shelf.keep("sowa", "c1", "o1", feedback.Given(2, "", 1_000))
    shelf.keep("sowa", "c1", "o1", feedback.Given(4, "Dobrze zapakowane.", 2_000))
    assert shelf.of("sowa", "c1", "o1") == feedback.Given(4, "Dobrze zapakowane.", 2_000)
    assert shelf.of("sowa", "c2", "o1") is None
    shelf.forget("sowa", "c1")
    assert shelf.of("sowa", "c1", "o1") == feedback.Given(4, "", 2_000)
