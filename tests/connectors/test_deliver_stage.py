"""The stage, on the embedded runner, with a sandbox in this process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that

from connectors.opening import SandboxDelivery, hold, release
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from pipelines.transforms.deliver import Deliver
from schemas.messages import DeadLetter, Message, Outcome
from schemas.times import SECOND
from schemas.wire import pack_items, unpack_record

Say = Callable[..., Message]
Check = Callable[[list[Any]], None]


def by_recipient(say: Say, count: int) -> list[tuple[str, bytes]]:
    people = [f"c{number}" for number in range(count)]
    return [(f"sowa/{who}", pack_items([say("a", recipient=who), say("b", recipient=who)])) for who in people]


def run(elements: list[tuple[str, bytes]], stage: Deliver, on_outcomes: Check, on_failures: Check) -> None:
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        delivered = pipeline | beam.Create(elements) | stage
        assert_that(delivered.records, lambda found: on_outcomes(read(found)), label="records")
        assert_that(delivered.failed, lambda found: on_failures(read(found)), label="failed")


def read(found: list[bytes]) -> list[Any]:
    return [unpack_record(packed) for packed in found]


def all_sent(count: int) -> Check:
    def check(outcomes: list[Any]) -> None:
        assert [(type(outcome), outcome.state) for outcome in outcomes] == [(Outcome, "sent")] * count

    return check


def none(found: list[Any]) -> None:
    assert found == []


def test_every_recipient_gets_its_messages_once_over_two_runs(tmp_path: Path, say: Say) -> None:
    with Sandbox.start() as sandbox:
        stage = Deliver(SandboxDelivery(f"sqlite:///{tmp_path}/a.db", sandbox.address))
        for _ in range(2):
            run(by_recipient(say, 20), stage, all_sent(40), none)
        assert len(sandbox.accepted()) == 40


def test_a_run_ends_at_its_hour_which_may_be_a_side_input(tmp_path: Path, say: Say) -> None:
    with Sandbox.start((Fault(Trouble.LIMIT, until=20 * SECOND),)) as sandbox:
        settings = SandboxDelivery(f"sqlite:///{tmp_path}/a.db", sandbox.address)

        def states(found: list[bytes]) -> None:
            assert [outcome.state for outcome in read(found)] == ["deferred", "deferred"]

        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            until = pipeline | "Until" >> beam.Create([10 * SECOND])
            stage = Deliver(settings, until=beam.pvalue.AsSingleton(until))
            delivered = pipeline | beam.Create(by_recipient(say, 1)) | stage
            assert_that(delivered.records, states)
        assert sandbox.accepted() == []


def test_items_that_our_code_cannot_handle_are_buried_whole_and_alone(tmp_path: Path, say: Say) -> None:
    with Sandbox.start() as sandbox:
        stage = Deliver(SandboxDelivery(f"sqlite:///{tmp_path}/a.db", sandbox.address))

        def one_letter(letters: list[Any]) -> None:
            assert [(type(each), each.stage, each.place, each.original) for each in letters] == [
                (DeadLetter, "Deliver", "sowa/c9", b"\x01\xff")
            ]
            assert "Error at" in letters[0].reason

        run([*by_recipient(say, 1), ("sowa/c9", b"\x01\xff")], stage, all_sent(2), one_letter)
        assert len(sandbox.accepted()) == 2


def test_a_store_of_another_realm_stops_the_run(tmp_path: Path, say: Say) -> None:
    from connectors.store.opening import open_store

    open_store(f"sqlite:///{tmp_path}/a.db", "twilio:AC1").close()
    with Sandbox.start() as sandbox:
        stage = Deliver(SandboxDelivery(f"sqlite:///{tmp_path}/a.db", sandbox.address))
        with pytest.raises(Exception, match="belongs to realm"):
            run(by_recipient(say, 1), stage, none, none)
        assert sandbox.accepted() == []


def test_a_process_opens_its_delivery_once_and_the_last_holder_closes_it(tmp_path: Path) -> None:
    with Sandbox.start() as sandbox:
        settings = SandboxDelivery(f"sqlite:///{tmp_path}/a.db", sandbox.address)
        first = hold(settings)
        assert hold(SandboxDelivery(f"sqlite:///{tmp_path}/a.db", sandbox.address)) is first
        release(settings)
        assert hold(settings) is first
        release(settings)
        release(settings)
        second = hold(settings)
        assert second is not first
        release(settings)
