"""What customers wish, folded; and the events that say a change of it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rules import people
from pipelines.rules.book import Book, Home
from pipelines.rules.wishes import EVERYTHING, after, pairs_of, said
from schemas.customers import NO_WISHES, CustomerFact, Wishes
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
