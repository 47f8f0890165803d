"""The fold, and whatever order scans come in: the same history, no exception, and rules that always hold."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rules.fold import fold
from pipelines.rules.track_log import EMPTY, take
from schemas.parcels import Eta, Facts, Point, Scan
from schemas.status import CORRECTIONS, HARD_ENDS, RANK, REASONS, Notice, Status
from schemas.times import HOUR, MINUTE

T = 1_790_000_000_000
SOURCES = [("inpost", "push"), ("inpost", "answer"), ("shop", "shop"), ("aftership", "aggregator")]
STATUSES = [str(status) for status in Status]

facts = st.builds(
    Facts,
    eta=st.none() | st.builds(Eta, st.integers(0, 9).map(lambda day: T + day * 24 * HOUR), st.none(), st.booleans()),
    deadline=st.none() | st.integers(0, 200).map(lambda hour: T + hour * HOUR),
    point=st.none() | st.builds(Point, st.sampled_from(["", "KRA01", "KRA02"])),
    place=st.sampled_from(["", "Łódź"]),
)


@st.composite
def scans(draw, least=0, most=14):
    """Scans with different moments, so that no two are one event."""
    moments = draw(st.lists(st.integers(0, 150 * 60), min_size=least, max_size=most, unique=True))
    return [_scan(draw, T + minute * MINUTE) for minute in moments]


def _scan(draw, at):
    source, via = draw(st.sampled_from(SOURCES))
    return Scan(
        "inpost",
        "1",
        at,
        draw(st.sampled_from(STATUSES)),
        draw(st.sampled_from("abc")),
        source,
        via,
        reason=draw(st.sampled_from(["", "", "return_cancelled", *sorted(REASONS)[:3]])),
        notice=draw(st.sampled_from(["", "", "", *Notice])),
        informational=draw(st.integers(0, 9)) == 0,
        action=draw(st.sampled_from(["none", "none", "recipient"])),
        leg=draw(st.sampled_from(["outbound"] * 9 + ["return"])),
        retracts=draw(st.sampled_from([""] * 12 + ["previous", "self", "x"])),
        event_id=draw(st.sampled_from(["", "", f"e{at}"])),
        facts=draw(facts),
    )


def folded(scanned):
    """The fold of scans that were taken one by one."""
    log = EMPTY
    for scan in scanned:
        log, _ = take(log, scan, T + 200 * HOUR, T + 200 * HOUR)
    return fold(log.scans, "inpost")


def sequence(folded):
    """What a parcel went through."""
    return [(line.status, line.reason, line.occurred_at) for line in folded.history if line.applied and line.occurrence]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_of_arrival_gives_the_same_history(data):
    scanned = data.draw(scans())
    shuffled = data.draw(st.permutations(scanned))
    one, other = folded(scanned), folded(shuffled)
    assert one == other
    assert sequence(one) == sequence(other)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_through_the_actor_any_order_and_any_doubles_end_in_the_same_view(new_parcel, data):
    scanned = data.draw(scans(least=1, most=9))
    shuffled = data.draw(st.permutations(scanned + data.draw(st.lists(st.sampled_from(scanned), max_size=4))))
    ends = []
    for order in (scanned, shuffled):
        parcel = new_parcel().subscribe()
        record = None
        for place, scan in enumerate(order):
            parcel.step(T + 200 * HOUR + place, scan)
            record = parcel.record if parcel.said else record
        ends.append(
            (record.status, record.facts, [(x.status, x.reason, x.occurred_at, x.applied) for x in record.history])
        )
    assert ends[0] == ends[1]


@settings(max_examples=50, deadline=None)
@given(scanned=scans())
def test_a_subscriber_that_hears_every_step_knows_every_occurrence_that_stands(new_parcel, scanned):
    parcel, known, version = new_parcel().subscribe(), {}, 0
    for place, scan in enumerate(scanned):
        parcel.step(T + 200 * HOUR + place, scan)
        for update in parcel.updates:
            assert update.version > version
            version = update.version
            for name in update.withdrawn:
                del known[name]
            for occurrence in update.opened:
                assert occurrence.name not in known
                known[occurrence.name] = occurrence.status
            assert known.get(update.occurrence, "registered") == update.status
            late = [occurrence.late for occurrence in update.opened]
            assert late == sorted(late, reverse=True)
    standing = {line.occurrence for line in parcel.record.history if line.occurrence} if parcel.said else set(known)
    assert set(known) <= standing


@settings(max_examples=60, deadline=None)
@given(scanned=scans())
def test_moves_are_legal_in_every_history(scanned):
    way = [line for line in folded(scanned).lines if line.stay is not None]
    for before, after in pairwise(way):
        if before.status in HARD_ENDS and after.status != before.status:
            assert after.status in CORRECTIONS[before.status]
            assert after.kept.reading.via != "aggregator"
            assert 0 < after.kept.at - before.stay.at <= 72 * HOUR
    assert all(line.status != Status.UNKNOWN for line in way)
    assert folded(scanned).course.status != Status.UNKNOWN


@settings(max_examples=50, deadline=None)
@given(scanned=scans())
def test_a_history_is_in_the_order_of_time_rank_and_trust(scanned):
    lines = folded(scanned).history
    assert [line.occurred_at for line in lines] == sorted(line.occurred_at for line in lines)
    assert len(lines) == len(scanned)


def test_of_one_moment_the_lower_rank_comes_first():
    both = [Scan("inpost", "1", T, status, status, "inpost") for status in ("delivered", "out_for_delivery")]
    assert [line.status for line in folded(both).history] == ["out_for_delivery", "delivered"]
    assert RANK["out_for_delivery"] < RANK["delivered"]


def test_of_one_moment_and_rank_the_more_trusted_opens():
    both = [Scan("inpost", "1", T, "delivered", via, source, via) for source, via in reversed(SOURCES)]
    assert folded(both).lines[0].kept.reading.via == "push"


def test_a_fold_of_nothing_is_a_registered_parcel():
    nothing = fold((), "inpost")
    assert (nothing.course.status, nothing.history, nothing.occurrences()) == ("registered", (), ())


def test_a_scan_in_order_goes_on_from_the_last_fold_and_a_late_one_folds_anew(new_parcel):
    parcel = new_parcel().subscribe().scan(1, "accepted").scan(2, "in_transit")
    (before,) = parcel.state.folds.values()
    parcel.scan(3, "out_for_delivery")
    (after,) = parcel.state.folds.values()
    assert all(one is other for one, other in zip(before.history, after.history, strict=False))
    parcel.scan(1.5, "in_transit", heard=4, raw_code="late")
    (anew,) = parcel.state.folds.values()
    assert anew.history[0] == after.history[0]
    assert anew.history[0] is not after.history[0]


def test_a_fold_that_goes_on_leaves_the_one_before_as_it_was(new_parcel):
    parcel = new_parcel().subscribe().scan(1, "accepted").scan(2, "delivered")
    before = parcel.state
    (folded_before,) = before.folds.values()
    standing = [stay.name for stay in folded_before.standing()]
    parcel.scan(3, "delivery_attempted")
    assert [stay.name for stay in folded_before.standing()] == standing
    assert folded_before.course.status == "delivered"


def test_a_more_trusted_source_that_speaks_up_folds_all_anew(new_parcel):
    parcel = new_parcel().subscribe()
    parcel.scan(1, "out_for_delivery", source="aftership", via="aggregator")
    parcel.scan(2, "delivery_attempted", source="aftership", via="aggregator").scan(2.5, "delivery_attempted")
    (folded_now,) = parcel.state.folds.values()
    assert folded_now.course.lead[2] == "inpost"
