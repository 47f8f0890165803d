"""What a live run keeps in the store: its clock, how far it came, states, bundles and what steps look up."""

import shutil
from pathlib import Path

import pytest

from connectors.clock import Clock, StoreClock
from connectors.late import Late
from connectors.log.publisher import Entry, MemoryPublisher
from connectors.log.store_log import StoreLog
from connectors.shelving import apply, configured, differences, in_force
from connectors.shops import load_shops
from connectors.store.bundles import BundleShelf
from connectors.store.cells import NONE, Cells, Kept
from connectors.store.opening import Store
from connectors.store.progress import Progress
from connectors.surroundings import LOOKED_AT, Surroundings
from pipelines.rules.context import Configured, Heard, pack_entry
from schemas.envelope import read_structured
from schemas.errors import BadBundle, ConfigurationError
from schemas.streams import SHOPS
from schemas.times import HOUR, SECOND

TODAY = 1_791_000_000_000
DEMO = Path(__file__).parents[2] / "infra" / "demo" / "shops"


class Hands:
    """A clock that is set by hand."""

    def __init__(self, at: int = 1_000_000) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


# --- the clock


def test_without_a_clock_of_its_own_a_store_lives_by_the_machine_s(store: Store) -> None:
    assert StoreClock(store, Hands(5_000)).now() == 5_000


def test_a_store_s_clock_goes_as_fast_as_it_is_told_for_everyone(store: Store) -> None:
    machine = Hands()
    StoreClock(store, machine).set(Clock(7 * HOUR, machine.at, 60))
    machine.at += 2 * SECOND
    other = StoreClock(store, machine)
    assert (other.now(), other.rate()) == (7 * HOUR + 120 * SECOND, 60)
    StoreClock(store, machine).set(Clock(9 * HOUR, machine.at, 0))
    machine.at += SECOND
    assert other.now() == 9 * HOUR


def test_real_people_live_by_the_machine_s_time_alone(store: Store) -> None:
    real = Store(store.engine, "twilio:AC1")
    with pytest.raises(ConfigurationError, match="real people"):
        StoreClock(real).set(Clock(0, 0, 2))
    StoreClock(store, Hands()).set(Clock(1, 0, 50))
    assert StoreClock(real, Hands(77)).now() == 77


# --- progress and states


def test_a_start_sets_the_mark_back_before_what_got_into_the_log_late(store: Store) -> None:
    times = iter([1_000, 2_000, 3_000])
    log, progress = StoreLog(store, lambda: next(times)), Progress(store)
    late = Late(progress)
    log.publish([Entry(SHOPS, b"1")])
    late.read(1_000, position=1)
    late.reach(2_500)
    late.look(log)
    assert progress.mark() == 2_500
    log.publish([Entry(SHOPS, b"2")])
    log.publish([Entry(SHOPS, b"3")])
    late.look(log)
    assert progress.mark() == 1_999


def test_what_is_recorded_behind_the_mark_and_not_read_yet_leaves_it_alone(store: Store) -> None:
    log, progress = StoreLog(store, lambda: 3_000), Progress(store)
    late = Late(progress)
    late.look(log)
    late.reach(2_500)
    log.publish([Entry(SHOPS, b"1")])
    late.look(log)
    assert progress.mark() == 2_500


def test_a_mark_never_goes_back(store: Store) -> None:
    progress = Progress(store)
    assert progress.mark() is None
    progress.reach(5_000)
    progress.reach(4_000)
    assert progress.mark() == 5_000
    assert progress.mark("another") is None


def test_a_generation_begins_as_a_copy_and_is_read_when_it_is_whole(store: Store) -> None:
    cells = Cells(store)
    assert cells.newest() == NONE
    first = cells.begin(NONE)
    cells.put(
        first, [Kept("track", "a/1", 9_000, b"a"), Kept("track", "a/2", None, b"b"), Kept("plan", "a/1", 1, b"c")]
    )
    assert cells.newest() == NONE
    one = cells.finish(first, 5_000)
    second = cells.begin(one)
    cells.put(second, [Kept("track", "a/1", None, None), Kept("track", "a/3", 7_000, b"d")])
    assert cells.recall(one.number, "track", "a/1") == b"a"
    two = cells.finish(second, 8_000, keep=(one.number,))
    assert cells.newest() == two
    assert [cells.recall(two.number, "track", key) for key in ("a/1", "a/2", "a/3")] == [None, b"b", b"d"]
    assert list(cells.waking(two.number, "track")) == [("a/3", 7_000)]
    assert list(cells.waking(two.number, "track", until=6_999)) == []
    assert (cells.count(one.number), cells.count(two.number)) == (3, 3)


def test_a_generation_that_was_left_half_written_is_gone_with_the_next(store: Store) -> None:
    cells = Cells(store)
    cells.put(cells.begin(NONE), [Kept("track", "lost", 1, b"x")])
    number = cells.begin(NONE)
    cells.finish(number, 5_000)
    assert cells.count(number) == 0


def test_what_knows_more_than_a_moment_can_be_forgotten(store: Store) -> None:
    cells = Cells(store)
    one = cells.finish(cells.begin(NONE), 5_000)
    cells.finish(cells.begin(one), 9_000, keep=(one.number,))
    cells.forget_after(6_000)
    assert cells.newest() == one


# --- bundles and what steps look up


def test_an_accepted_bundle_never_changes(store: Store) -> None:
    shelf = BundleShelf(store)
    bundle = load_shops(DEMO)["sowa"]["1"]
    assert shelf.put(bundle, 1)
    assert not shelf.put(bundle, 2)
    with pytest.raises(BadBundle) as refused:
        shelf.put(bundle.model_copy(update={"name": "Another"}), 3)
    assert "give the change a new version" in refused.value.findings[0]
    assert shelf.all() == {"sowa": {"1": bundle}}


def test_applying_a_folder_puts_the_newest_version_of_each_shop_in_force(store: Store) -> None:
    log = StoreLog(store, lambda: TODAY)
    shelf = BundleShelf(store)
    applied = apply(shelf, log, DEMO, TODAY)
    assert {(bundle.shop, bundle.version) for bundle in applied.configured} == {("sowa", "2"), ("lela", "1")}
    now = in_force(log, shelf.all(), "sowa", TODAY + SECOND)
    assert now is not None
    assert now.version == "2"
    assert apply(shelf, log, DEMO, TODAY + HOUR).accepted == ()


def test_a_folder_with_one_broken_bundle_changes_nothing(store: Store, tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "shops")
    file = tmp_path / "shops" / "sowa" / "2" / "shop.yaml"
    file.write_text(file.read_text("utf-8") + "\nunheard_of: 1\n", "utf-8")
    publisher = MemoryPublisher()
    with pytest.raises(BadBundle, match="1 findings"):
        apply(BundleShelf(store), publisher, tmp_path / "shops", 1)
    assert (BundleShelf(store).all(), publisher.entries) == ({}, [])


def test_the_event_that_switches_a_shop_can_be_read() -> None:
    event = read_structured(configured("sowa", "2", TODAY))
    assert (event.happened, event.occurred_at) == ("configured", TODAY)
    assert SHOPS.things == ("shop",)


def test_differences_name_each_field(store: Store) -> None:
    shops = load_shops(DEMO)["sowa"]
    lines = differences(shops["1"], shops["2"])
    assert any("version:" in line for line in lines)
    assert differences(shops["1"], shops["1"]) == []


def test_surroundings_see_what_others_put_there_within_a_look(store: Store) -> None:
    machine = Hands()
    around, other = Surroundings(store, machine), Surroundings(store, machine)
    assert around.bundle("sowa", 10_000) is None
    for bundle in load_shops(DEMO)["sowa"].values():
        BundleShelf(store).put(bundle, 1)
    switched = pack_entry(Configured(8_000, 8_000, "/s", "1", "sowa", "2"))
    heard = pack_entry(Heard(9_000, 8_900, "inpost", "sowa"))
    other.remember((switched, heard), (8_000, 9_000))
    other.remember((switched,), (8_000,))
    machine.at += LOOKED_AT
    versions = [found.version for now in (7_999, 8_000) if (found := around.bundle("sowa", now))]
    assert versions == ["1", "2"]
    assert around.heard("inpost", "sowa", 9_500) == 8_900
    assert around.feeds(9_500) == {("inpost", "sowa"): 8_900}
    assert len(around.entries()) == 2


def test_heartbeats_that_matter_to_nobody_any_more_leave_the_store(store: Store) -> None:
    around = Surroundings(store, Hands())
    beats = {at: pack_entry(Heard(at, at, "inpost", "sowa")) for at in (10, 20, 30, 40)}
    around.remember(tuple(beats.values()), tuple(beats))
    around.forget(30)
    other = Surroundings(store, Hands())
    assert other.entries() == (beats[30], beats[40])
    around.remember((beats[20],), (20,))  # whoever reads the log once more
    assert Surroundings(store, Hands()).heard("inpost", "sowa", 35) == 30


def test_whoever_asks_for_a_new_look_sees_what_was_put_there_just_now(store: Store) -> None:
    around = Surroundings(store, Hands())
    assert around.bundles() == {}
    BundleShelf(store).put(load_shops(DEMO)["sowa"]["1"], 1)
    assert around.bundles() == {}
    around.look()
    assert list(around.bundles()) == ["sowa"]
