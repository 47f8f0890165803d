"""What customers wish, folded; and the events that say a change of it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rules import people
from pipelines.rules.book import Book, Home
from pipelines.rules.wishes import EVERYTHING, Told, after, change, fact_in, hear, pairs_of, said
from schemas.customers import NO_WISHES, CustomerFact, Receipt, Wishes
from schemas.envelope import Event
from schemas.events import TYPES
from schemas.messages import Channel, Class, Kind

BOOK = Book(b"k" * 32, {"sowa": Home("PL", "Europe/Warsaw", frozenset({"1"}))})


def heard(happened: str, data: dict[str, Any]) -> CustomerFact:
    """What Plan hears of an event that a page publishes."""
    name = f"awizo.customer.{happened}.v1"
    read = TYPES[name].model_validate({"shop": "sowa", "who": {"recipient": "c1"}, **data})
    return people.customer_fact(Event("/awizo/pages/sowa", "1", name, 1_000, 1_000, read), BOOK)


CHANNELS = st.sampled_from([(), ("sms",), ("email",), ("sms", "email"), ("email", "sms")])
WISHES = st.builds(
    Wishes,
    kinds=st.dictionaries(st.sampled_from([str(kind) for kind in Kind]), CHANNELS, max_size=4),
    window=st.none() | st.tuples(st.integers(0, 600), st.integers(601, 1439)),
    locale=st.sampled_from(["", "pl", "uk", "en"]),
    left=st.frozensets(st.sampled_from(sorted(EVERYTHING))) | st.just(EVERYTHING),
    paused=st.frozensets(st.sampled_from(["o1", "o2"])),
)


@settings(max_examples=300, deadline=None)
@given(WISHES, WISHES)
def test_whoever_hears_what_is_said_of_a_change_knows_the_wishes_after_it(before: Wishes, now: Wishes) -> None:
    wishes = before
    for event in said(before, now):
        wishes = after(wishes, heard(event.happened, event.data))
    assert wishes == now
    assert said(now, now) == ()


def test_leaving_everything_is_one_event_and_so_is_a_class() -> None:
    assert [(e.happened, e.data) for e in said(NO_WISHES, Wishes(left=EVERYTHING))] == [("opted_out", {})]
    some = pairs_of(cls=Class.SERVICE)
    assert [e.data for e in said(NO_WISHES, Wishes(left=some))] == [{"class": "service"}]
    assert [e.data for e in said(Wishes(left=some), Wishes(left=EVERYTHING))] == [{}]
    one = pairs_of(Channel.EMAIL, Class.FEEDBACK)
    assert [e.data for e in said(NO_WISHES, Wishes(left=one))] == [{"channel": "email", "class": "feedback"}]


def test_an_erased_customer_has_no_wishes_but_that_they_left() -> None:
    wishes = Wishes({"shipped": ()}, (600, 900), "uk", pairs_of("sms"), frozenset({"o1"}))
    assert after(wishes, CustomerFact("sowa", "c1", "erased", 1)) == Wishes(left=pairs_of("sms"))


@pytest.mark.parametrize("happened", ["feedback", "a word of tomorrow"])
def test_what_is_no_wish_changes_none(happened: str) -> None:
    wishes = Wishes({"shipped": ()})
    assert after(wishes, CustomerFact("sowa", "c1", happened, 1)) == wishes


def facts(moments: st.SearchStrategy[int]) -> st.SearchStrategy[CustomerFact]:
    """Anything that is said of wishes, at a moment of these."""
    orders = st.sampled_from(["", "o1", "o2"])
    changed = st.builds(
        CustomerFact,
        st.just("sowa"),
        st.just("c1"),
        st.just("changed"),
        moments,
        locale=st.sampled_from(["", "pl", "uk"]),
        window=st.none() | st.just((600, 900)),
        kinds=st.sampled_from([(), (("shipped", ()),), (("shipped", ("sms",)), ("delayed", ()))]),
        as_usual=st.sampled_from([(), ("delayed",), ("window",)]),
        pause_order=orders,
    )
    opted = st.builds(
        CustomerFact,
        st.just("sowa"),
        st.just("c1"),
        st.sampled_from(["opted_out", "opted_in", "erased"]),
        moments,
        channel=st.sampled_from(["", *Channel]),
        cls=st.sampled_from(["", *Class]),
    )
    return changed | opted


@settings(max_examples=300, deadline=None)
@given(st.lists(facts(st.integers(1, 10_000)), max_size=8, unique_by=lambda fact: fact.occurred_at), st.randoms())
def test_facts_heard_in_any_order_and_twice_come_to_what_they_say_in_their_own(
    said: list[CustomerFact], chance: Any
) -> None:
    in_order = NO_WISHES
    for fact in sorted(said, key=lambda fact: fact.occurred_at):
        in_order = after(in_order, fact)
    told = Told()
    shuffled = [*said, *said[::2]]
    chance.shuffle(shuffled)
    for fact in shuffled:
        told = hear(told, fact)
    assert told.wishes == in_order


@settings(max_examples=200, deadline=None)
@given(WISHES, WISHES, facts(st.integers(1, 999)))
def test_of_a_form_the_difference_counts_and_what_it_published_changes_nothing_when_heard(
    seen: Wishes, now: Wishes, meanwhile: CustomerFact
) -> None:
    told = change(Told(), NO_WISHES, seen, 500)
    changed = change(hear(told, meanwhile), seen, now, 1_000)
    for event in said(seen, now):
        assert hear(changed, heard(event.happened, event.data)).wishes == changed.wishes
    assert change(told, seen, now, 1_000).wishes == now


def test_who_leaves_all_means_also_what_was_taken_back_since_the_page_was_shown() -> None:
    seen = Wishes(left=pairs_of("email", "contract"))
    back = hear(Told(seen), CustomerFact("sowa", "c1", "opted_in", 500))
    assert change(back, seen, Wishes(left=EVERYTHING), 1_000).wishes == Wishes(left=EVERYTHING)


def test_an_erasure_leaves_no_name_of_what_was_wished() -> None:
    told = change(Told(), NO_WISHES, Wishes({"shipped": ()}, left=pairs_of("sms"), paused=frozenset({"o1"})), 1_000)
    told = hear(told, CustomerFact("sowa", "c1", "erased", 2_000))
    assert told.wishes == Wishes(left=pairs_of("sms"))
    assert sorted(name for name in told.at if not name.startswith("left/")) == [""]


def test_a_provider_s_word_that_they_opted_out_is_a_wish_and_a_reply_is_none() -> None:
    receipt = Receipt("sowa", "c1", "o1", "shipped", "sms", "opted_out", 1_000)
    assert fact_in(receipt) == CustomerFact("sowa", "c1", "opted_out", 1_000, channel="sms")
    assert fact_in(Receipt("sowa", "c1", "o1", "shipped", "sms", "delivered", 1_000)) is None
    assert fact_in(CustomerFact("sowa", "shop", "replied", 1_000)) is None
