"""What holds whatever arrives, and in whatever order."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.rules.gather import GATHER
from pipelines.rules.unfold import unfold
from schemas.orders import News, Role
from schemas.parcels import ParcelUpdate
from schemas.status import Status
from schemas.times import DAY, HOUR
from schemas.wire import Arrival, Stream, pack

WORDS = ("confirmed", "paid", "in_preparation", "packed", "on_hold", "resumed", "cancelled", "refunded", "completed")
NUMBERS = ("600", "601", "602")
PEOPLE = (Role("c-1", "buyer", "pl"), Role("c-2", "consignee", "uk"), Role("c-3", "other", "en"))
AT = st.integers(0, 40)

OLD_AND_NEW = st.tuples(st.sampled_from((*NUMBERS, "L1")), st.sampled_from((*NUMBERS, "L1")))

EVENTS = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(WORDS), AT, st.sampled_from(["", "p1", "p2"])),
    st.tuples(st.just("people"), st.sets(st.sampled_from(PEOPLE), min_size=1), AT),
    st.tuples(st.just("ship"), st.sampled_from(NUMBERS), AT, st.sampled_from(["created", "changed", "cancelled"])),
    st.tuples(st.just("link"), st.sampled_from(["partner", "relabel", "return", ""]), AT, OLD_AND_NEW),
    st.tuples(st.just("scan"), st.sampled_from((*NUMBERS, "L1")), st.sampled_from(list(Status)[1:]), AT),
)
LIVES = st.lists(EVENTS, max_size=14)
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def body_of(play: Any, event: tuple[Any, ...], monday: int, n: int) -> Any:
    """The arrival's body. A fact is named by what it says, so that the same one twice is a double."""
    kind, name = event[0], f"{event!r}"
    if kind == "order":
        return play.fact(event[1], monday + event[2] * HOUR, event=name, payment_id=event[3])
    if kind == "people":
        people = tuple(sorted(event[1], key=lambda role: role.recipient))
        return play.fact("changed", monday + event[2] * HOUR, event=f"{people!r}{event[2]}", recipients=people)
    if kind == "ship":
        return play.shipment(event[1], monday + event[2] * HOUR, event[3], event=name)
    if kind == "link":
        (old, new), word = event[3], "linked" if event[1] else "changed"
        fields = {"replaces": f"inpost/{old}", "link": event[1]}
        return play.shipment(new, monday + event[2] * HOUR, word, event=name, **fields)
    return play.update(event[1], event[2], monday + event[3] * HOUR, recorded=monday + n * HOUR)


def bodies(play: Any, events: list[tuple[Any, ...]], monday: int) -> list[tuple[int, Any]]:
    placed = play.fact("placed", monday, event="placed", recipients=PEOPLE[:1], dispatch_by=monday + DAY)
    rest = [body_of(play, event, monday, n) for n, event in enumerate(events, start=1)]
    return [(monday + n * HOUR, body) for n, body in enumerate((placed, *rest))]


def lived(play: Any, arrivals: list[tuple[int, Any]], twice: bool = False) -> Any:
    play.alive("inpost", arrivals[0][0], arrivals[0][0] + 20 * DAY)
    for at, body in arrivals:
        for _ in range(1 + twice):
            play.tell(body, at)
    play.until(arrivals[0][0] + 20 * DAY)
    return play


@QUIET
@given(LIVES)
def test_everything_told_twice_says_the_same_once(played: Any, monday: int, events: list[tuple[Any, ...]]) -> None:
    arrivals = bodies(played(), events, monday)
    once, twice = lived(played(), arrivals), lived(played(), arrivals, twice=True)
    assert once.said == twice.said
    assert once.data == twice.data


@QUIET
@given(LIVES, st.randoms(use_true_random=False))
def test_everything_told_again_later_in_any_order_says_nothing_more(
    played: Any, monday: int, events: list[tuple[Any, ...]], chance: Any
) -> None:
    play = played()
    arrivals = bodies(play, events, monday)
    lived(play, arrivals)
    before = (play.data, len(play.said))
    again = [body for _, body in arrivals]
    chance.shuffle(again)
    for body in again:
        play.tell(body, play.now)
    assert (play.data, len(play.said)) == before


@QUIET
@given(LIVES, st.randoms(use_true_random=False))
def test_facts_of_one_recorded_moment_end_the_same_in_any_order(
    played: Any, monday: int, events: list[tuple[Any, ...]], chance: Any
) -> None:
    facts = [body for _, body in bodies(played(), [event for event in events if event[0] != "scan"], monday)]
    shuffled = list(facts)
    chance.shuffle(shuffled)
    ends = []
    for order in (facts, shuffled):
        play = played()
        for body in order:
            play.tell(body, monday + 50 * HOUR)
        view = play.view
        ends.append(
            (view.lifecycle, view.payment, view.shipping, view.expected, view.parcels, play.records[-1].recipients)
        )
    assert ends[0] == ends[1]


@QUIET
@given(LIVES)
def test_versions_rise_and_name_one_view_for_all(played: Any, monday: int, events: list[tuple[Any, ...]]) -> None:
    play = lived(played(), bodies(played(), events, monday))
    assert [record.sequence for record in play.records] == list(range(1, len(play.records) + 1))
    views = {record.sequence: record.view for record in play.records}
    assert all(said.order == views[said.order.version] for said in play.said if isinstance(said, News))


@QUIET
@given(LIVES)
def test_every_recipient_hears_of_every_change_while_they_belong_to_the_order(
    played: Any, monday: int, events: list[tuple[Any, ...]]
) -> None:
    play = lived(played(), bodies(played(), events, monday))
    for record in play.records:
        heard = {said.recipient: said for said in play.said if isinstance(said, News) and said.order == record.view}
        assert {who for who, news in heard.items() if not news.removed} - {"@shop"} == {
            role.recipient for role in record.recipients
        }


@QUIET
@given(LIVES)
def test_nothing_that_is_not_late_is_told_twice(played: Any, monday: int, events: list[tuple[Any, ...]]) -> None:
    play = lived(played(), bodies(played(), events, monday))
    told = [
        (h.trigger, h.subject, h.occurrence) for n in play.news() if not n.late_join for h in n.happenings if not h.late
    ]
    raised = [slot for slot in told if slot[0] in ("no_movement", "late_to_leave")]
    assert len(raised) == len(set(raised))


@QUIET
@given(LIVES)
def test_no_number_stands_in_two_parcels_and_none_that_was_announced_is_lost(
    played: Any, monday: int, events: list[tuple[Any, ...]]
) -> None:
    living = [event for event in events if event[0] != "ship" or event[3] != "cancelled"]
    view = lived(played(), bodies(played(), living, monday)).view
    shown = [key for parcel in view.parcels for key in (f"{parcel.courier}/{parcel.number}", *parcel.formerly)]
    assert len(shown) == len(set(shown))
    assert bool(view.parcels) == any(event[0] in ("ship", "link", "scan") for event in living)


@QUIET
@given(LIVES, st.randoms(use_true_random=False))
def test_a_log_that_is_shuffled_and_doubled_unfolds_to_the_same_words(
    played: Any, monday: int, events: list[tuple[Any, ...]], chance: Any
) -> None:
    play = played()
    log = []
    for n, (at, body) in enumerate(bodies(play, events, monday)):
        stream = Stream.PARCELS if isinstance(body, ParcelUpdate) else Stream.ORDERS
        log.append(pack(Arrival(at, stream, "log", f"{n:03d}", body)))
    shuffled = log * 2
    chance.shuffle(shuffled)
    play.alive("inpost", monday, monday + 20 * DAY)
    plain, mixed = (unfold(GATHER, arrivals, play, monday + 30 * DAY) for arrivals in (log, shuffled))
    assert plain.failed == mixed.failed == []
    assert plain.said == mixed.said
