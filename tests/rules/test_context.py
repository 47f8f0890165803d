"""What was in force and who was heard, as functions of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rules.context import Configured, Heard, LogContext, Reached, lowest, outdated, pack_entry
from schemas.shops import AlertTo, Bundle, ContactLines, EmailSender


def _bundle(version: str) -> Bundle:
    return Bundle(
        shop="sowa",
        version=version,
        name="Sowa",
        host="sowa.example",
        contact=ContactLines(phone="220000000", email="a@sowa.example"),
        email=EmailSender(address="b@sowa.example", name="Sowa"),
        alerts=AlertTo(email="c@sowa.example"),
    )


BUNDLES = {"sowa": {version: _bundle(version) for version in ("10", "9", "11")}}


def _configured(recorded: int, version: str, name: str, since: int | None = None) -> bytes:
    return pack_entry(Configured(recorded if since is None else since, recorded, "/shops/sowa", name, "sowa", version))


def _in_force(context: LogContext, *moments: int) -> list[str]:
    bundles = [context.bundle("sowa", moment) for moment in moments]
    return [bundle.version for bundle in bundles if bundle is not None]


def test_before_the_first_configuration_the_lowest_version_is_in_force() -> None:
    assert _in_force(LogContext(BUNDLES), 0, 100) == ["9", "9"]


def test_a_configuration_is_in_force_from_its_moment_on() -> None:
    context = LogContext(BUNDLES, [_configured(20, "11", "b"), _configured(10, "10", "a")])
    assert _in_force(context, 9, 10, 19, 20, 99) == ["9", "10", "10", "11", "11"]


def test_a_configuration_that_is_recorded_again_later_counts_as_first_recorded() -> None:
    again = [_configured(10, "10", "a"), _configured(20, "11", "b"), _configured(30, "10", "a")]
    assert _in_force(LogContext(BUNDLES, again), 35) == ["11"]


def test_a_configuration_for_a_later_day_waits_for_it() -> None:
    context = LogContext(BUNDLES, [_configured(10, "10", "a", since=50)])
    assert _in_force(context, 10, 49, 50) == ["9", "9", "10"]


def test_a_shop_that_is_not_known_has_no_bundle() -> None:
    assert LogContext(BUNDLES).bundle("other", 5) is None


def test_a_feed_was_heard_at_its_last_heartbeat_that_the_log_knew() -> None:
    entries = [pack_entry(Heard(recorded, at, "inpost", "sowa")) for recorded, at in ((30, 28), (10, 10), (40, 20))]
    context = LogContext({}, entries)
    heard = [context.heard("inpost", "sowa", now) for now in (9, 10, 29, 30, 40)]
    assert heard == [None, 10, 10, 28, 28]


def test_heartbeats_of_another_shop_or_courier_do_not_count() -> None:
    context = LogContext({}, [pack_entry(Heard(10, 10, "inpost", "sowa"))])
    assert context.heard("inpost", "lela", 20) is None
    assert context.heard("dhl", "sowa", 20) is None


beats = st.builds(
    lambda recorded, before, courier: Heard(recorded, recorded - before, courier, "sowa"),
    st.integers(0, 20),
    st.integers(0, 5),
    st.sampled_from(("inpost", "dhl")),
)


@given(heard=st.lists(beats), since=st.integers(0, 20))
def test_heartbeats_that_are_outdated_change_no_answer_from_then_on(heard: list[Heard], since: int) -> None:
    entries = [pack_entry(each) for each in heard]
    gone = set(outdated(entries, since))
    kept = [entry for entry in entries if entry not in gone]
    before, after = LogContext({}, entries), LogContext({}, kept)
    assert [before.feeds(now) for now in range(since, 30)] == [after.feeds(now) for now in range(since, 30)]
    known = {each.courier for each in heard if each.recorded <= since}
    assert len({each for each in kept if LogContext({}, [each]).last <= since}) == len(known)


def test_configurations_are_never_outdated() -> None:
    assert outdated([_configured(10, "10", "a"), _configured(20, "11", "b")], 99) == []


def test_the_log_ends_where_its_furthest_entry_says() -> None:
    assert LogContext({}, [pack_entry(Reached(70)), pack_entry(Heard(10, 10, "inpost", "sowa"))]).last == 70
    assert LogContext({}).last == 0


@pytest.mark.parametrize(
    ("versions", "expected"), [(("10", "9"), "9"), (("v2", "v10"), "v2"), (("2026-10-01", "2026-09-30"), "2026-09-30")]
)
def test_numbers_in_versions_count_as_numbers(versions: tuple[str, ...], expected: str) -> None:
    assert lowest(versions) == expected
