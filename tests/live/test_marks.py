"""How far a run has come, and how often it begins anew: without a runner of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from logging import ERROR, LogRecord
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.coders import BytesCoder
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.testing import test_stream
from apache_beam.utils.timestamp import Timestamp

from connectors.examining import STANDS
from connectors.store.cells import Generation
from pipelines import running
from pipelines.commands.run import is_news
from pipelines.live import Begin
from pipelines.prism import is_prisms_own
from pipelines.rebuild import run_patiently
from pipelines.running import Restarts, Run, Watch, wrong_with
from pipelines.transforms.keep import MarkProgress, is_drained
from pipelines.transforms.recall import FromCells
from pipelines.transforms.waiting import STORE_BACK
from schemas.errors import StoreDown
from schemas.times import HOUR, SECOND, Millis

_marks: list[Millis] = []


class Progress:
    def reach(self, mark: Millis) -> None:
        _marks.append(mark)


@dataclass
class Clock:
    at: Millis

    def now(self) -> Millis:
        return self.at

    def rate(self) -> float:
        return 1.0


@dataclass
class Opened:
    """Of a live run, what the mark needs."""

    clock: Clock
    late: Progress = field(default_factory=Progress)


@dataclass
class Settings:
    now: Millis

    def __call__(self) -> Any:
        return Opened(Clock(self.now))


def test_a_drain_sets_no_mark_that_is_still_to_come() -> None:
    _marks.clear()
    now = 10 * HOUR
    with beam.Pipeline(runner=BundleBasedDirectRunner(), options=PipelineOptions(streaming=True)) as pipeline:
        written = (
            pipeline
            | test_stream.TestStream(coder=BytesCoder())
            .advance_watermark_to(Timestamp(micros=now * 1000))
            .advance_watermark_to_infinity()
        )
        (written,) | MarkProgress(Settings(now), now - HOUR)
    assert _marks
    assert now - SECOND < max(_marks) <= now + SECOND


@pytest.mark.parametrize(("mark", "rate", "drained"), [(0, 1, False), (SECOND, 1, False), (2 * SECOND, 1, True)])
def test_clocks_that_differ_by_ticks_are_no_drain(mark: Millis, rate: float, drained: bool) -> None:
    assert is_drained(HOUR + mark, HOUR, rate) == drained
    assert is_drained(HOUR + mark * 6_000, HOUR, rate * 6_000) == drained


def test_a_runner_that_gives_up_now_and_then_is_begun_anew_and_one_that_cannot_run_is_not() -> None:
    now = 0.0
    restarts = Restarts(lambda: now)
    assert [restarts.may() for _ in range(6)] == [True] * 5 + [False]
    rare = Restarts(lambda: now)
    for _ in range(20):
        assert rare.may()
        now += 200


@dataclass
class Away:
    """A store that does not answer the first times; what a run asks of it, and of what stands beside it."""

    times: int
    bundles: Any = lambda: {"sowa": {}}
    pubsub: None = None
    position: int = 0

    def __call__(self) -> Any:
        return self

    @property
    def cells(self) -> Any:
        return self

    surroundings = progress = guard = store = clock = meter = late = log = cells

    def machine(self) -> Millis:
        return HOUR

    def recall(self, generation: int, actor: str, key: str) -> bytes:
        return self._asked(b"cell")

    def mark(self) -> Millis:
        return self._asked(HOUR)

    def reach(self, mark: Millis, name: str) -> None:
        self._asked(None)

    def look(self, log: Any) -> None:
        self._asked(None)

    def begin(self, position: int) -> None:
        pass

    def _asked(self, answer: Any) -> Any:
        self.times -= 1
        if self.times >= 0:
            raise StoreDown("away")
        return answer


def test_a_step_that_recalls_a_key_waits_for_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STORE_BACK, "sleep", lambda _seconds: None)
    assert FromCells(Away(times=3), 1)("track", "key") == b"cell"  # type: ignore[arg-type]


def test_a_job_that_is_begun_while_the_store_is_away_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, begun = threading.Event(), []

    @contextmanager
    def job(live: Any) -> Iterator[None]:
        begun.append(live.begin)
        stopped.set()
        yield None

    begin = Begin(7, Generation(1, HOUR))
    monkeypatch.setattr(running, "_ASK_AGAIN_SECONDS", 0)
    monkeypatch.setattr(running, "begin_of", lambda _settings, _mark, _tell: begin)
    monkeypatch.setattr(running, "running", job)
    monkeypatch.setattr(running, "expect_the_end", lambda: None)
    Run(Away(times=3), lambda _words: None, stopped)()  # type: ignore[arg-type]
    assert begun == [begin]


def test_a_run_that_is_stopped_while_the_store_is_away_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, told = threading.Event(), list[str]()

    def tell(words: str) -> None:
        told.append(words)
        stopped.set()

    Run(Away(times=100), tell, stopped)()  # type: ignore[arg-type]
    assert len(told) == 1


def test_a_run_says_once_that_it_stands_and_once_that_it_goes_on() -> None:
    told: list[str] = []
    watch = Watch(told.append)
    for wrong in ("", "the store does not answer: its disk is full", "it stands", "", ""):
        watch.see(wrong)
    assert [words.partition(".")[0] for words in told] == ["the store does not answer: its disk is full", "it goes on"]


@pytest.mark.parametrize(("error", "raised"), [(StoreDown("its disk is full"), StoreDown), (KeyError(1), RuntimeError)])
def test_a_store_that_is_away_while_states_are_rebuilt_is_no_failure_of_the_rebuild(
    error: Exception, raised: type[Exception]
) -> None:
    def fail(_: int) -> None:
        raise error

    with pytest.raises(raised):
        run_patiently(beam.Create([1]) | beam.Map(fail))


def test_a_mark_that_moved_within_two_minutes_is_no_news() -> None:
    assert wrong_with(HOUR, HOUR + STANDS) == ""
    assert "since 1970-01-01T01:00:00" in wrong_with(HOUR, HOUR + STANDS + 1)


def test_of_a_failed_bundle_the_log_has_a_few_lines_and_no_traceback_over_and_over() -> None:
    said = ["[time] ERROR Bundle Failed.", "  bundle: inst793", "", "Traceback (most recent call last):"]
    said += [
        '  File "pipelines/transforms/attempt.py", line 110, in finish_bundle',
        "    for output in future.result():",
    ]
    said += ["schemas.errors.StoreDown: its disk is full"]
    assert [line for line in said if is_prisms_own(line)] == [said[0], said[1], said[-1]]


def test_that_the_store_is_away_is_no_news_of_beam_s() -> None:
    def record(words: str, error: Exception | None = None) -> LogRecord:
        return LogRecord("apache_beam", ERROR, "", 0, words, (), (type(error), error, None) if error else None)

    assert not is_news(record("it does not work [while running 'Live/Attempt']", StoreDown("its disk is full")))
    assert not is_news(record("Error processing instruction inst1.\nschemas.errors.StoreDown: its disk is full"))
    assert is_news(record("Error processing instruction inst1.\nKeyError: 'parcel'", KeyError("parcel")))
