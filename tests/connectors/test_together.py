"""Threads that ask side by side get what each alone would get, in fewer transactions."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.store.claims import At, Claimed, Settled, Settlement
from connectors.store.keyring import Keyring
from connectors.store.opening import SANDBOX, Store
from connectors.together import LedgerTogether, Together
from pipelines.rules.ledger import Event, State
from schemas.errors import StoreDown
from schemas.messages import Message

Say = Callable[..., Message]

AT = At(1_000, 5_000)


class Counter:
    """Doubles numbers, but for thirteen."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.alone: list[int] = []

    def at_once(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]

    def one(self, number: int) -> int:
        self.alone.append(number)
        if number == 13:
            raise StoreDown("13")
        return 2 * number


def ask_all(together: Together[int, int], numbers: Sequence[int]) -> list[object]:
    """What each gets, or the error it meets; all of them have asked before the first is served."""

    def ask(number: int) -> object:
        try:
            return together.ask(number)
        except StoreDown as error:
            return error

    with ThreadPoolExecutor(len(numbers)) as pool:
        with together._turn:
            asked = [pool.submit(ask, number) for number in numbers]
            while len(together._waiting) < len(numbers):
                pass
        return [each.result() for each in asked]


def test_who_asks_side_by_side_is_served_at_once_and_who_is_alone_alone() -> None:
    counter = Counter()
    together = Together(counter.at_once, counter.one, most=4)
    assert together.ask(1) == 2
    assert (counter.batches, counter.alone) == ([], [1])
    assert ask_all(together, range(2, 8)) == [4, 6, 8, 10, 12, 14]
    assert [len(batch) for batch in counter.batches] == [4, 2]
    assert sorted(number for batch in counter.batches for number in batch) == list(range(2, 8))


def test_what_one_brought_harms_no_other() -> None:
    counter = Counter()
    found = ask_all(Together(counter.at_once, counter.one, most=8), [12, 13, 14])
    assert [found[0], found[2]] == [24, 28]
    assert isinstance(found[1], StoreDown)
    assert sorted(counter.alone) == [12, 13, 14]


@pytest.mark.parametrize("threads", [2, 12])
def test_threads_that_hand_over_the_same_messages_claim_and_settle_each_once(
    store: Store, say: Say, threads: int
) -> None:
    ledger = LedgerTogether(store, Keyring({"k1": b"0123456789abcdef"}), "worker-1", side_by_side=threads)
    messages = [say("ab", recipient=f"c{number % 7}", text=str(number)) for number in range(14)]
    ready = threading.Barrier(threads)

    def work(number: int) -> list[str]:
        ready.wait()
        claims = [ledger.claim(each, AT, SANDBOX) for each in messages[number:] + messages[:number]]
        mine = [claim for claim in claims if isinstance(claim, Claimed)]
        for claim in mine:
            told = Settlement(Event.ACCEPTED, provider="twilio", provider_id=claim.row.leader)
            settled = ledger.settle(claim, told, AT)
            assert isinstance(settled, Settled)
            assert settled.row is not None
            assert settled.row.state == State.SENT
        return [claim.row.leader for claim in mine]

    with ThreadPoolExecutor(threads) as pool:
        leaders = [leader for mine in pool.map(work, range(threads)) for leader in mine]
    assert len(leaders) == len(set(leaders)) == 7
    assert ledger.incidents() == {}
