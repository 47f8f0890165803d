"""The store's log as a live run reads it."""

from dataclasses import dataclass, field
from typing import Any

from connectors.late import Late
from connectors.log.store_log import Logged
from connectors.metering import NoMeter
from pipelines.transforms.read_log import AT_ONCE, PASSED_OVER, SLACK, LogReader
from schemas.times import Millis

GOOD, BROKEN = b"good", b"broken"


@dataclass
class Guard:
    position: int = 0
    halted: bool = False
    looks: int = 0

    def is_halted(self) -> bool:
        return self.halted

    def look(self) -> None:
        self.looks += 1

    def sets_aside(self, event: bytes) -> bool:
        return event == BROKEN


@dataclass
class Progress:
    """Of a run's mark, what a late entry changes."""

    mark: Millis = 4_000

    def reach(self, mark: Millis, name: str = "") -> None:
        self.mark = self.mark if name else mark

    def fall_back(self, mark: Millis) -> None:
        self.mark = min(self.mark, mark)


@dataclass
class Live:
    """Of a live run, what a reader needs; it is the settings, the log and the clock, too."""

    events: list[bytes]
    guard: Guard = field(default_factory=Guard)
    meter: NoMeter = field(default_factory=NoMeter)
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self.late = Late(self.progress)  # type: ignore[arg-type]

    def __call__(self) -> Any:
        return self

    @property
    def log(self) -> Any:
        return self

    clock = log

    def now(self) -> Millis:
        return 5_000

    def rate(self) -> float:
        return 1.0

    def read(self, after: int, most: int) -> list[Logged]:
        some = self.events[after : after + most]
        return [Logged(after + place, "orders", 1_000, event) for place, event in enumerate(some, 1)]


def test_what_stands_behind_a_flood_that_is_passed_over_is_read_at_once() -> None:
    live = Live([*[BROKEN] * (3 * AT_ONCE + 7), GOOD])
    reader = LogReader(live, 0)  # type: ignore[arg-type]
    assert reader.start()
    assert reader.get_current()[2] == GOOD
    assert not reader.advance()
    assert live.guard.looks == 4  # before what was read is judged


def test_a_flood_without_end_lets_the_runner_breathe_and_is_read_on() -> None:
    live = Live([*[BROKEN] * (PASSED_OVER * AT_ONCE + 1), GOOD])
    reader = LogReader(live, 0)  # type: ignore[arg-type]
    assert not reader.start()
    assert reader.get_checkpoint_mark().position == PASSED_OVER * AT_ONCE
    assert reader.advance()


def test_a_halted_run_reads_nothing() -> None:
    live = Live([GOOD], Guard(halted=True))
    reader = LogReader(live, 0)  # type: ignore[arg-type]
    assert not reader.start()
    live.guard.halted = False
    assert reader.advance()


def test_an_entry_that_gets_into_the_log_late_sets_the_mark_back_and_holds_it_until_it_is_done() -> None:
    live = Live([])
    reader = LogReader(live, 0)  # type: ignore[arg-type]
    assert not reader.start()
    expected = live.now() - SLACK
    assert reader.get_watermark().micros == expected * 1000
    live.late.reach(expected - 1)
    live.events.append(GOOD)  # recorded at 1,000
    assert reader.advance()
    assert live.progress.mark == 999
    stamped = reader.get_current_timestamp().micros // 1000
    assert stamped == expected + 1
    live.late.reach(stamped - 1)  # what is stamped with a mark's moment may still come
    assert live.progress.mark == 999
    live.late.reach(stamped)
    assert live.progress.mark == stamped


def test_entries_in_the_order_of_their_recording_leave_the_mark_alone() -> None:
    live = Live([GOOD, GOOD])
    reader = LogReader(live, 0)  # type: ignore[arg-type]
    assert reader.start()
    assert reader.advance()
    assert reader.get_current_timestamp().micros == 1_000 * 1000
    assert live.progress.mark == 4_000
