"""Lifecycle and payment: legal moves, races, and facts that come in any order."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rules.orders import LIFECYCLE, PAYMENT, PAYMENT_WORDS, Story, fold, in_time, is_late
from schemas.orders import OrderFact, Role
from schemas.parcels import Cod, Money


def fact(happened: str, at: int, **fields: Any) -> OrderFact:
    event = fields.pop("event", f"{happened}@{at}")
    return OrderFact("sowa", "o1", happened, at, at, event, **fields)


def told(*facts: OrderFact, departed_at: int | None = None, parcel_cod: bool = False) -> Story:
    return fold(in_time(facts), departed_at, parcel_cod)


def lifecycle(*facts: OrderFact, departed_at: int | None = None) -> str:
    return told(*facts, departed_at=departed_at).terms.lifecycle


def paid(*facts: OrderFact) -> str:
    return told(*facts).terms.paid


def test_an_order_goes_from_placed_to_completed() -> None:
    words = ("placed", "confirmed", "in_preparation", "packed", "completed", "return_requested", "returned")
    for n, word in enumerate(words, start=1):
        assert lifecycle(*(fact(word, at) for at, word in enumerate(words[:n]))) == word


def test_an_order_never_goes_backwards() -> None:
    assert lifecycle(fact("placed", 1), fact("packed", 2), fact("confirmed", 3)) == "packed"
    assert lifecycle(fact("placed", 1), fact("completed", 2), fact("packed", 3)) == "completed"


def test_an_order_begins_by_being_placed_whatever_clocks_say() -> None:
    story = told(fact("confirmed", 1), fact("placed", 2))
    assert story.terms.lifecycle == "confirmed"
    assert story.terms.placed_at == 2
    assert set(story.lifecycle.moved) == {"placed@2", "confirmed@1"}


@pytest.mark.parametrize("before", ["placed", "confirmed", "in_preparation"])
def test_a_hold_goes_back_to_what_was_before_it(before: str) -> None:
    facts = [fact("placed", 1), *([] if before == "placed" else [fact(before, 2)]), fact("on_hold", 3)]
    assert lifecycle(*facts) == "on_hold"
    assert lifecycle(*facts, fact("resumed", 4)) == before


def test_a_packed_order_is_not_put_on_hold() -> None:
    assert lifecycle(fact("placed", 1), fact("packed", 2), fact("on_hold", 3)) == "packed"


@pytest.mark.parametrize("end", ["cancelled", "expired", "completed"])
@pytest.mark.parametrize("word", ["placed", "confirmed", "in_preparation", "packed", "on_hold", "resumed", "expired"])
def test_nothing_of_dispatch_leads_out_of_an_end(end: str, word: str) -> None:
    assert lifecycle(fact("placed", 1), fact(end, 2), fact(word, 3)) == end


def test_cancelled_wins_over_a_confirmation_that_happened_before_it() -> None:
    assert lifecycle(fact("placed", 1), fact("confirmed", 2, payment_id="p1"), fact("cancelled", 3)) == "cancelled"


def test_cancelled_wins_over_a_later_confirmation_with_a_payment_that_was_known() -> None:
    race = (fact("placed", 1), fact("paid", 2, payment_id="p1"), fact("cancelled", 3))
    assert lifecycle(*race, fact("confirmed", 4)) == "cancelled"
    assert lifecycle(*race, fact("confirmed", 4, payment_id="p1")) == "cancelled"


def test_a_later_confirmation_with_a_new_payment_revives_a_cancelled_order() -> None:
    race = (fact("placed", 1), fact("confirmed", 2, payment_id="p1"), fact("cancelled", 3))
    assert lifecycle(*race, fact("confirmed", 4, payment_id="p2")) == "confirmed"
    assert lifecycle(*race, fact("paid", 4, payment_id="p2"), fact("confirmed", 5, payment_id="p2")) == "confirmed"


def test_of_one_instant_cancelling_wins_over_confirming() -> None:
    assert lifecycle(fact("placed", 1), fact("cancelled", 2), fact("confirmed", 2)) == "cancelled"


def test_to_cancel_what_has_left_as_a_whole_is_to_return_it() -> None:
    facts = (fact("placed", 1), fact("packed", 2), fact("cancelled", 10))
    assert lifecycle(*facts, departed_at=5) == "return_requested"
    assert lifecycle(*facts, departed_at=11) == "cancelled"


def test_to_cancel_a_completed_order_is_to_return_it() -> None:
    assert lifecycle(fact("placed", 1), fact("completed", 2), fact("cancelled", 3)) == "return_requested"


def test_payment_and_lifecycle_are_independent() -> None:
    story = told(fact("placed", 1), fact("cancelled", 2), fact("paid", 3), fact("refunded", 4))
    assert (story.terms.lifecycle, story.terms.paid) == ("cancelled", "refunded")


def test_what_is_due_follows_from_how_it_is_to_be_paid() -> None:
    assert paid(fact("placed", 1)) == "pending"
    assert paid(fact("placed", 1, payment="prepaid")) == "pending"
    assert paid(fact("placed", 1, payment="none")) == "none_due"
    assert paid(fact("placed", 1, payment="cod")) == "cod_due"
    assert paid(fact("placed", 1, payment="prepaid", cod=Cod("PLN", Decimal(9)))) == "cod_due"
    assert paid(fact("placed", 1, cod=Cod("PLN", state="none"))) == "pending"
    assert told(fact("placed", 1), parcel_cod=True).terms.paid == "cod_due"


def test_a_failed_payment_may_be_tried_again() -> None:
    assert paid(fact("placed", 1), fact("payment_failed", 2)) == "failed"
    assert paid(fact("placed", 1), fact("payment_failed", 2), fact("paid", 3)) == "paid"
    assert paid(fact("placed", 1), fact("paid", 2), fact("payment_failed", 3)) == "paid"


def test_refunds_in_part_come_before_the_whole_refund() -> None:
    part = fact("refunded", 3, in_part=True)
    assert paid(fact("placed", 1), fact("paid", 2), part) == "refunded_in_part"
    assert paid(fact("placed", 1), fact("paid", 2), part, fact("refunded", 4)) == "refunded"
    assert paid(fact("placed", 1), fact("refunded", 2), part) == "refunded"


def test_of_each_field_what_was_told_last_counts_and_what_is_not_told_stays() -> None:
    terms = told(
        fact("placed", 1, number="10482", country="PL", gift=True, total=Money(Decimal("129.00"), "PLN")),
        fact("changed", 3, country="UA", gift=False),
        fact("changed", 2, country="DE", segment="wholesale", recipients=(Role("c-1"), Role("c-2"))),
    ).terms
    assert (terms.number, terms.country, terms.segment, terms.gift) == ("10482", "UA", "wholesale", False)
    assert terms.total == Money(Decimal("129.00"), "PLN")
    assert [role.recipient for role in terms.recipients] == ["c-1", "c-2"]


def test_a_fact_that_was_refused_is_late() -> None:
    refused = fact("confirmed", 4)
    known = [fact("placed", 1), fact("cancelled", 3)]
    assert is_late(refused, told(*known, refused), known)


def test_a_fact_before_one_that_was_told_of_its_axis_is_late() -> None:
    known = [fact("placed", 1), fact("packed", 3)]
    confirmed, was_paid = fact("confirmed", 2), fact("paid", 2)
    assert is_late(confirmed, told(*known, confirmed), known)
    assert not is_late(was_paid, told(*known, was_paid), known)


def test_a_cancelling_that_undoes_a_later_confirmation_is_not_late() -> None:
    known = [fact("placed", 1), fact("confirmed", 3)]
    cancelled = fact("cancelled", 2)
    assert not is_late(cancelled, told(*known, cancelled), known)


def test_the_same_word_told_again_with_an_earlier_time_is_late() -> None:
    known = [fact("placed", 5, event="b")]
    again = fact("placed", 1, event="a")
    assert is_late(again, told(*known, again), known)


def test_every_state_can_be_reached_and_every_source_exists() -> None:
    states = {"", *(word for word in LIFECYCLE if word != "resumed")}
    assert {source for sources in LIFECYCLE.values() for source in sources} <= states
    payments = {*PAYMENT, "none_due", "pending", "cod_due"}
    assert {source for sources in PAYMENT.values() for source in sources} <= payments
    assert set(PAYMENT_WORDS.values()) | {"refunded_in_part"} == set(PAYMENT)


WORDS = st.sampled_from([*LIFECYCLE, *PAYMENT_WORDS, "changed"])
FACTS = st.lists(
    st.builds(
        lambda word, at, n, pid, part: fact(word, at, event=f"{word}{n}", payment_id=pid, in_part=part),
        WORDS,
        st.integers(0, 6),
        st.integers(0, 9),
        st.sampled_from(["", "p1", "p2"]),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda known: known.event,
)


@given(FACTS, st.one_of(st.none(), st.integers(0, 6)))
def test_facts_in_any_order_of_arrival_tell_the_same_story(facts: list[OrderFact], departed_at: int | None) -> None:
    stories = {repr(told(*order, departed_at=departed_at)) for order in permutations(facts)}
    assert len(stories) == 1


@given(FACTS)
def test_an_end_is_left_only_by_a_return_or_a_new_payment(facts: list[OrderFact]) -> None:
    state = ""
    for n in range(len(facts) + 1):
        after = lifecycle(*in_time(facts)[:n])
        if state in ("cancelled", "expired"):
            assert after in (state, "confirmed")
        state = after
