"""Whatever comes to a parcel, in whatever order: no exception, and what each subscriber knows is consistent."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.parcels import Facts, ParcelUpdate, Point, Report, Scan, Subscription
from schemas.status import Status
from schemas.times import DAY, HOUR

T = 1_790_000_000_000

scans = st.builds(
    Scan,
    st.just("inpost"),
    st.just("1"),
    st.integers(-3 * 24, 130 * 24).map(lambda hour: T + hour * HOUR),
    st.sampled_from([str(status) for status in Status]),
    st.sampled_from("ab"),
    st.sampled_from(["inpost", "aftership"]),
    st.sampled_from(["push", "answer", "aggregator", "pigeon"]),
    leg=st.sampled_from(["outbound", "outbound", "return"]),
    retracts=st.sampled_from(["", "", "", "previous", "self", "e1"]),
    event_id=st.sampled_from(["", "", "e1", "e2"]),
    facts=st.builds(
        Facts,
        deadline=st.none() | st.integers(0, 5).map(lambda day: T + day * DAY),
        point=st.none() | st.builds(Point, st.sampled_from(["", "KRA01", "KRA02"])),
    ),
)
wishes = st.builds(
    Subscription,
    st.just("inpost"),
    st.just("1"),
    st.sampled_from(["sowa", "lis"]),
    st.sampled_from(["A-1", "A-2"]),
    st.integers(-3, 60).map(lambda day: T + day * DAY),
    st.integers(1, 140).map(lambda day: T + day * DAY),
    st.sampled_from(["outbound", "return"]),
    st.sampled_from([False, False, False, True]),
)
reports = st.lists(scans, min_size=1, max_size=4).map(lambda several: Report(tuple(several)))
steps = st.lists(
    st.tuples(st.sampled_from([0, 1, HOUR, DAY, 20 * DAY]), scans | reports | wishes | st.none()), max_size=14
)


class Listener:
    """What a subscriber knows who takes every update at its word."""

    def __init__(self):
        self.known = {}
        self.version = 0

    def hear(self, update):
        """Take an update."""
        assert update.version > self.version
        self.version = update.version
        for name in update.withdrawn:
            del self.known[name]
        assert not self.known.keys() & {occurrence.name for occurrence in update.opened}
        self.known |= {occurrence.name: occurrence.status for occurrence in update.opened}
        assert self.known.get(update.occurrence, "registered") == update.status
        late = [occurrence.late for occurrence in update.opened]
        assert late == sorted(late, reverse=True), "what precedes a told occurrence comes first"
        if update.ended:
            self.known = {}


@settings(max_examples=150, deadline=None)
@given(steps=steps)
def test_each_subscriber_can_follow_whatever_comes(new_parcel, steps):
    parcel, listeners = new_parcel(), {}
    for later, body in steps:
        while parcel.wake_at is not None and parcel.wake_at <= parcel.now + later:
            parcel.wake()
            assert parcel.said == []
        if parcel.state is None:
            listeners = {}
        parcel.step(parcel.now + later, body)
        assert parcel.wake_at is None or parcel.wake_at > parcel.now
        assert (parcel.wake_at is None) == (parcel.state is None)
        for update in parcel.updates:
            listeners.setdefault((update.shop, update.order), Listener()).hear(update)


@settings(max_examples=50, deadline=None)
@given(steps=steps)
def test_the_same_arrivals_say_the_same_twice(new_parcel, steps):
    said = []
    for _ in range(2):
        parcel = new_parcel()
        outputs = [list(parcel.step(parcel.now + later, body)) for later, body in steps]
        said.append(outputs)
    assert said[0] == said[1]


@settings(max_examples=50, deadline=None)
@given(steps=steps)
def test_an_arrival_that_comes_twice_in_a_row_says_nothing_the_second_time(new_parcel, steps):
    parcel = new_parcel()
    for later, body in steps:
        if isinstance(body, Scan | Report | Subscription):
            parcel.step(parcel.now + later, body)
            state = parcel.state
            assert parcel.step(parcel.now, body) == ()
            assert parcel.state == state


@settings(max_examples=50, deadline=None)
@given(steps=steps)
def test_no_subscriber_hears_of_scans_outside_its_window(new_parcel, steps):
    parcel, windows = new_parcel(), {}
    for later, body in steps:
        if isinstance(body, Subscription):
            windows[body.shop, body.order] = (body.since, body.until)
        for update in parcel.step(parcel.now + later, body):
            if isinstance(update, ParcelUpdate) and not update.ended:
                since, until = windows[update.shop, update.order]
                assert update.known_at == 0 or since <= update.known_at <= until
                assert all(since <= occurrence.occurred_at <= until for occurrence in update.opened)
