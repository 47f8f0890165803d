"""What workers share, on every store: flags, places within a limit, volumes."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

from connectors.arrivals import Arrivals
from connectors.opening import ProviderDelivery
from connectors.pacing import MICRO, Pace
from connectors.store.opening import Store
from connectors.store.shared import Flag, Shared
from schemas.times import HOUR


def test_flags_go_up_and_down(store: Store) -> None:
    shared = Shared(store)
    shared.raise_flag(Flag("breaker/twilio", "20003", "check it", 5, 10))
    shared.raise_flag(Flag("breaker/twilio", "20005", "check it", 7, 20))
    shared.raise_flag(Flag("brake/sowa_%", "x"))
    assert shared.flags("breaker/") == [Flag("breaker/twilio", "20005", "check it", 5, 20)]
    assert [flag.name for flag in shared.flags()] == ["brake/sowa_%", "breaker/twilio"]
    assert (shared.lower_flag("breaker/twilio"), shared.lower_flag("breaker/twilio")) == (True, False)


def test_places_are_given_once_whoever_asks(store: Store) -> None:
    shared = Shared(store)
    shared.hold_back("sms", 1_000)
    with ThreadPoolExecutor(8) as pool:
        begins = list(pool.map(lambda _: shared.reserve("sms", 10, 100.0, 0, MICRO), range(40)))
    assert sorted(begin for begin in begins if begin is not None) == list(range(1_000, 41_000, 1_000))
    assert shared.reserve("sms", 1, 100.0, 0, 40_999) is None
    assert shared.reserve("sms", 1, 100.0, 0, 41_000) == 41_000


def test_volumes_add_up_whoever_counts(store: Store) -> None:
    shared = Shared(store)
    shared.add_volume({("sowa", 1): 1})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: shared.add_volume({("sowa", 1): 2, ("lela", 2): 1}), range(20)))
    assert shared.volume("sowa", 0) == {1: 41}
    assert shared.volume("lela", 0) == {2: 20}
    assert shared.volume("sowa", 2 * HOUR) == {}


def test_threads_of_a_worker_keep_the_limit_together(store: Store) -> None:
    now, lock = [0], threading.Lock()

    def sleep(seconds: float) -> None:
        with lock:
            now[0] += round(seconds * MICRO)

    pace = Pace(Shared(store), {"sms": 100.0}, lambda: now[0], sleep)
    entered = 0
    while now[0] < 2 * MICRO:
        pace.enter("sms")
        entered += 1
    assert 195 <= entered <= 215


def test_receipts_are_counted_for_all(store: Store) -> None:
    one, other = (Arrivals(Shared(store), lambda: HOUR) for _ in range(2))
    one.saw("twilio", delivered=True)
    one.saw("twilio", delivered=False)
    one.flush()
    assert other.of("twilio") == ((1, 2), (1, 2))


def test_what_opens_real_providers_travels_without_a_secret() -> None:
    packed = pickle.dumps(ProviderDelivery())
    assert pickle.loads(packed) == ProviderDelivery()
    assert len(packed) < 100
