"""A parcel under test: every step goes through the bytes of the state, and is the same without them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from pipelines.rules.actor import Step
from pipelines.rules.track import TRACK
from pipelines.rules.track_state import ParcelState
from schemas.parcels import HistoryLine, Occurrence, ParcelRecord, ParcelUpdate, Report, Scan, ScanRecord, Subscription
from schemas.times import HOUR, MINUTE, Millis
from schemas.wire import Arrival, Stream

T: Millis = 1_790_000_000_000  # 21 September 2026, 15:33 in Warsaw


class NoContext:
    """Track asks nothing of its context."""

    def bundle(self, shop: str, now: Millis) -> None:
        raise AssertionError("Track asked for a bundle")

    def heard(self, courier: str, shop: str, now: Millis) -> None:
        raise AssertionError("Track asked for a heartbeat")


class Parcel:
    """One parcel of a courier and all that Track has said of it. Times are given in hours since `T`."""

    def __init__(self) -> None:
        self.state: ParcelState | None = None
        self.now = T
        self.wake_at: Millis | None = None
        self.said: list[object] = []
        self._unwritten = False

    def step(
        self, now: Millis, body: Scan | Report | Subscription | None, recorded: Millis | None = None
    ) -> Sequence[object]:
        """Do a step; what it said. A scan alone is a report of one."""
        body = Report((body,)) if isinstance(body, Scan) else body
        self.now = max(self.now, now)
        arrival = (
            None if body is None else Arrival(now if recorded is None else recorded, Stream.PARCELS, "s", "1", body)
        )
        kept = TRACK.step(self.state, self.now, arrival, NoContext())
        self.state, outputs, self.wake_at = kept if self._unwritten else self._as_well_stored(kept, arrival)
        self.said = list(outputs)
        return outputs

    @contextmanager
    def in_memory(self) -> Iterator[None]:
        """For long ways: steps that do not go through bytes."""
        self._unwritten = True
        yield
        self._unwritten = False

    def _as_well_stored(self, kept: Step[ParcelState], arrival: Arrival | None) -> Step[ParcelState]:
        stored = TRACK.step(self._through_bytes(), self.now, arrival, NoContext())
        assert stored == kept, "a state must do the same after it was written and read"
        return kept

    def _through_bytes(self) -> ParcelState | None:
        if self.state is None:
            return None
        read = TRACK.load(TRACK.dump(self.state))
        assert read == self.state
        return read

    def subscribe(
        self,
        shop: str = "sowa",
        order: str = "A-1",
        at: float = 0,
        since: float = -48,
        until: float = 90 * 24,
        **given: Any,
    ) -> "Parcel":
        """A shop wishes to hear of the parcel."""
        window = (T + int(since * HOUR), T + int(until * HOUR))
        self.step(self.hour(at), Subscription("inpost", "1", shop, order, *window, **given))
        return self

    def scan(self, at: float, status: str, heard: float | None = None, **given: Any) -> "Parcel":
        """The courier says that something happened `at`; the log has it at `heard`, by default a minute later."""
        moment = self.hour(at)
        code = given.pop("raw_code", status)
        source = given.pop("source", "inpost")
        now = moment + MINUTE if heard is None else self.hour(heard)
        self.step(now, Scan("inpost", "1", moment, status, code, source, **given))
        return self

    def wake(self, at: Millis | None = None) -> "Parcel":
        """Let the time come that the parcel waits for."""
        assert at is not None or self.wake_at is not None
        self.step(at or self.wake_at or 0, None)
        return self

    @staticmethod
    def hour(hours: float) -> Millis:
        """The moment so many hours after `T`."""
        return T + int(hours * HOUR)

    @property
    def updates(self) -> list[ParcelUpdate]:
        """Of the last step."""
        return [each for each in self.said if isinstance(each, ParcelUpdate)]

    @property
    def update(self) -> ParcelUpdate:
        """The only one of the last step."""
        (update,) = self.updates
        return update

    @property
    def opened(self) -> list[tuple[str, bool]]:
        """Status and lateness of what the last step opened."""
        return [(occurrence.status, occurrence.late) for occurrence in self.update.opened]

    @property
    def occurrence(self) -> Occurrence:
        """The only one that the last step opened."""
        (occurrence,) = self.update.opened
        return occurrence

    @property
    def notices(self) -> list[str]:
        """Of the last step."""
        return [notice.notice for notice in self.update.notices]

    @property
    def kept(self) -> ScanRecord:
        """The record of the last step's scan."""
        (record,) = [each for each in self.said if isinstance(each, ScanRecord)]
        return record

    @property
    def record(self) -> ParcelRecord:
        """The parcel as the last step left it to be read."""
        (record,) = [each for each in self.said if isinstance(each, ParcelRecord)]
        return record

    @property
    def history(self) -> tuple[HistoryLine, ...]:
        """All lines."""
        return self.record.history


@pytest.fixture
def parcel() -> Parcel:
    """A parcel that one shop follows."""
    return Parcel().subscribe()


@pytest.fixture
def unknown_parcel() -> Parcel:
    """A parcel that nobody has heard of."""
    return Parcel()


@pytest.fixture(scope="session")
def new_parcel() -> type[Parcel]:
    """Makes parcels that nobody has heard of."""
    return Parcel
