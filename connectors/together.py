"""Together: what many threads of a live worker ask of the ledger at once is done in one transaction.

While one transaction is under way, whoever comes waits and goes with the next. A batch of 32 costs the database and us
an eighth of what 32 transactions do. For live work only: all moments are now.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields
from typing import Generic, TypeVar

from connectors.store.claims import At, Claim, Claimed, Result, Settlement, within_lease
from connectors.store.ledger import Ledger
from schemas.messages import Message

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """Serves threads that ask side by side: `at_once` many, in their order, `alone` one.

    If a batch fails, each of its threads asks alone: what one of them brought harms no other.
    """

    def __init__(
        self, at_once: Callable[[Sequence[Asked]], Sequence[Given]], alone: Callable[[Asked], Given], most: int
    ) -> None:
        self._at_once, self._alone, self._most = at_once, alone, most
        self._waiting: list[tuple[Asked, Future[Given | None]]] = []
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def ask(self, asked: Asked) -> Given:
        """What is given for it; raises what `alone` raises."""
        mine: Future[Given | None] = Future()
        with self._lock:
            self._waiting.append((asked, mine))
        while not mine.done():
            with self._turn:
                if not mine.done():
                    self._serve()
        given = mine.result()
        return self._alone(asked) if given is None else given

    def _serve(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        if len(batch) == 1:
            ((asked, future),) = batch
            try:
                future.set_result(self._alone(asked))
            except Exception as error:
                future.set_exception(error)
            return
        answers = self._answers([asked for asked, _ in batch])
        for place, (_, future) in enumerate(batch):
            future.set_result(answers[place] if answers else None)

    def _answers(self, batch: Sequence[Asked]) -> Sequence[Given]:
        """Nothing if they cannot be served at once: each will see why, alone."""
        try:
            return self._at_once(batch)
        except Exception:
            return ()


_ToClaim = tuple[Message, At, str, str]
_ToSettle = tuple[Claimed, Settlement, At]


@dataclass(frozen=True)
class LedgerTogether(Ledger):
    """A ledger in the hands of one live worker's threads. `side_by_side`: how many posts it has under way at once."""

    side_by_side: int = 32
    _claims: Together[_ToClaim, Claim] = field(init=False, repr=False, compare=False)
    _settlements: Together[_ToSettle, Result] = field(init=False, repr=False, compare=False)

    @classmethod
    def over(cls, ledger: Ledger, side_by_side: int) -> "LedgerTogether":
        """The same ledger, for so many threads."""
        return cls(**{each.name: getattr(ledger, each.name) for each in fields(Ledger)}, side_by_side=side_by_side)

    def __post_init__(self) -> None:
        most = min(self.side_by_side, within_lease(self.side_by_side, self.lease))
        claims = Together(self._claim_batch, lambda asked: Ledger.claim(self, *asked), most)
        settlements = Together(self._settle_batch, lambda asked: Ledger.settle(self, *asked), most)
        object.__setattr__(self, "_claims", claims)
        object.__setattr__(self, "_settlements", settlements)

    def claim(self, message: Message, at: At, realm: str, closed: str = "") -> Claim:
        """See `Ledger.claim`."""
        if closed:  # nothing is in a hurry, and a batch is for what goes
            return super().claim(message, at, realm, closed)
        return self._claims.ask((message, at, realm, closed))

    def settle(self, claimed: Claimed, settlement: Settlement, at: At) -> Result:
        """See `Ledger.settle`."""
        return self._settlements.ask((claimed, settlement, at))

    def _claim_batch(self, asked: Sequence[_ToClaim]) -> Sequence[Claim]:
        realms = {realm for _, _, realm, _ in asked}
        if len(realms) > 1:
            raise ValueError("each alone")
        return self.claim_all([message for message, *_ in asked], _latest(at for _, at, *_ in asked), realms.pop())

    def _settle_batch(self, asked: Sequence[_ToSettle]) -> Sequence[Result]:
        pairs = [(claimed, settlement) for claimed, settlement, _ in asked]
        return self.settle_all(pairs, _latest(at for *_, at in asked))


def _latest(moments: Iterable[At]) -> At:
    """All are now, give or take a transaction; the latest is the truest."""
    known = list(moments)
    return At(max(at.now for at in known), max(at.machine for at in known))
