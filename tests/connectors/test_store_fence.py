"""A store restored to an hour ago, and a key that was replaced: nobody hears twice, every STOP holds."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from connectors.opening import Opened
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from connectors.store.claims import At
from connectors.store.keyring import Keyring
from pipelines.commands.store import command
from pipelines.rules.doubt import LAG, SETTLE
from schemas.errors import BadInput, ConfigurationError
from schemas.messages import Message, Outcome
from schemas.times import HOUR, MINUTE, from_millis

Say = Callable[..., Message]
Open = Callable[..., Opened]

DAY = 21_000 * 24 * HOUR  # later than the clock of whoever runs this
RESTORED = DAY + 12 * HOUR
NOW = RESTORED + HOUR
STOPPED = "+48500000789"


def morning(say: Say) -> dict[int, list[Message]]:
    """What is handed over, by message time."""
    open_hours = {"intervals": ((DAY, DAY + 40 * HOUR),), "valid_until": DAY + 40 * HOUR}

    def one(at: int, name: str, channel: str = "sms", **more: object) -> Message:
        return say(name, channel, at=at, recipient=name, text=f"paczka {name}", **open_hours, **more)

    early, lost = RESTORED - HOUR, RESTORED + 20 * MINUTE
    return {
        early: [one(early, "a"), one(early, "b", "email")],
        RESTORED - MINUTE: [one(RESTORED - MINUTE, "c"), one(RESTORED - MINUTE, "d", "email")],  # wait for their retry
        lost: [one(lost, "e"), one(lost, "f", "email"), one(lost, "s", to=STOPPED)],
    }


def run_to(opened: Opened, handed_over: dict[int, list[Message]], until: int, machine: int) -> list[Outcome]:
    delivery = replace(opened.delivery, machine=lambda: machine)
    messages = [message for at, each in sorted(handed_over.items()) if at <= until for message in each]
    return [outcome for message in messages for outcome in delivery.deliver([message], until)]


@pytest.fixture
def sandbox_of_the_day(sandbox_with: Callable[..., Sandbox]) -> Sandbox:
    """Limits whoever comes in the minute before the backup is taken."""
    return sandbox_with(Fault(Trouble.LIMIT, since=RESTORED - MINUTE, until=RESTORED))


def test_restored_fenced_and_run_on_nobody_hears_twice_and_every_stop_holds(
    sandbox_of_the_day: Sandbox, open_to: Open, say: Say, tmp_path: Path
) -> None:
    sandbox, handed_over = sandbox_of_the_day, morning(say)
    sandbox.stop_phone(STOPPED, since=RESTORED + MINUTE)
    file = tmp_path / "awizo.db"

    opened = open_to(sandbox)
    run_to(opened, handed_over, RESTORED - MINUTE, RESTORED)
    opened.close()
    shutil.copy(file, tmp_path / "backup.db")
    first = run_to(open_to(sandbox), handed_over, NOW, NOW)
    before = sandbox.accepted()
    assert sorted(taken.text[-1] for taken in before) == list("abcdef")
    assert {outcome.reason for outcome in first if outcome.recipient == "s"} == {"opted_out"}

    for path in tmp_path.glob("awizo.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup.db", file)
    url = f"sqlite:///{file}"
    since, now = (from_millis(moment).isoformat() for moment in (RESTORED, NOW))
    done = CliRunner().invoke(command, ["fence", "--since", since, "--store", url, "--now", now])
    assert done.exit_code == 0, done.output
    assert "2 messages are in doubt" in done.output

    opened = open_to(sandbox)
    after = run_to(opened, handed_over, NOW + HOUR, NOW + HOUR)
    assert sandbox.accepted() == before
    assert {outcome.state for outcome in after if outcome.recipient != "s"} == {"sent"}
    (stopped,) = (outcome for outcome in after if outcome.recipient == "s")
    assert (stopped.state, stopped.reason) == ("failed", "opted_out")
    open_hours = {"intervals": ((DAY, DAY + 40 * HOUR),), "valid_until": DAY + 40 * HOUR}
    later = NOW + HOUR + MINUTE  # the fence has come to its end
    opened.delivery.deliver([say("z", recipient="new", at=later, **open_hours)], later)
    assert len(sandbox.accepted()) == len(before) + 1


def test_events_of_the_lost_hour_that_are_published_anew_send_nothing_twice(
    sandbox_of_the_day: Sandbox, open_to: Open, say: Say, tmp_path: Path
) -> None:
    sandbox, handed_over = sandbox_of_the_day, morning(say)
    opened = open_to(sandbox)
    run_to(opened, handed_over, NOW, NOW)
    opened.close()
    before = sandbox.accepted()
    for path in tmp_path.glob("awizo.db*"):
        path.unlink()
    opened = open_to(sandbox)
    url, since, now = f"sqlite:///{tmp_path}/awizo.db", from_millis(DAY).isoformat(), from_millis(NOW).isoformat()
    assert CliRunner().invoke(command, ["fence", "--since", since, "--store", url, "--now", now]).exit_code == 0
    anew = NOW + MINUTE  # the log was lost too: its events are recorded, and their messages handed over, as of now
    lost = [message for each in handed_over.values() for message in each if message.to != STOPPED]
    run_to(opened, {anew: [msgspec.structs.replace(message, at=anew) for message in lost]}, NOW + HOUR, NOW + HOUR)
    assert sandbox.accepted() == before


def test_without_the_fence_they_would(sandbox_of_the_day: Sandbox, open_to: Open, say: Say, tmp_path: Path) -> None:
    handed_over = morning(say)
    opened = open_to(sandbox_of_the_day)
    run_to(opened, handed_over, RESTORED - MINUTE, RESTORED)
    opened.close()
    shutil.copy(tmp_path / "awizo.db", tmp_path / "backup.db")
    opened = open_to(sandbox_of_the_day)
    run_to(opened, handed_over, NOW, NOW)
    opened.close()
    once = len(sandbox_of_the_day.accepted())
    for path in tmp_path.glob("awizo.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "awizo.db")
    run_to(open_to(sandbox_of_the_day), handed_over, NOW + HOUR, NOW + HOUR)
    assert len(sandbox_of_the_day.accepted()) > once


def test_a_replaced_key_doubles_nothing_and_every_stop_still_holds(
    sandbox_with: Callable[..., Sandbox], open_to: Open, say: Say
) -> None:
    sandbox = sandbox_with(
        Fault(Trouble.LIMIT, until=2 * MINUTE), Fault(Trouble.TAKE_AND_CUT, count=1, channel="email")
    )
    sandbox.stop_phone(STOPPED)
    old = open_to(sandbox).delivery
    sent = say("a", at=5 * MINUTE)
    waits, doubted = say("b", recipient="c2", text="b"), say("c", "email", recipient="c3", at=5 * MINUTE)
    stopped = say("d", recipient="c4", to=STOPPED, at=5 * MINUTE)
    old.deliver([waits], MINUTE)
    old.deliver([sent, doubted, stopped], 5 * MINUTE)

    secrets = {"second": b"fedcba9876543210", "sandbox": old.ledger.keyring._secrets["sandbox"]}
    new = replace(old, ledger=replace(old.ledger, keyring=Keyring(secrets), owner="worker-2"))
    for message in (sent, waits, doubted, stopped):
        new.deliver([message], HOUR)
    assert sorted(taken.text for taken in sandbox.accepted()) == sorted([sent.text, "b", doubted.text])
    (again,) = new.deliver([say("e", recipient="c4", to=STOPPED, at=HOUR)], HOUR)
    assert (again.state, again.reason, again.attempts) == ("failed", "opted_out", 0)
    assert new.ledger.incidents() == {}


def test_a_fence_says_what_is_wrong_with_its_arguments(sandbox: Sandbox, open_to: Open, tmp_path: Path) -> None:
    open_to(sandbox)
    url = f"sqlite:///{tmp_path}/awizo.db"

    def refused(*arguments: str) -> BaseException | None:
        return CliRunner().invoke(command, ["fence", *arguments]).exception

    assert isinstance(refused("--since", "yesterday", "--store", url), BadInput)
    assert isinstance(refused("--since", "2999-01-01T00:00:00+00:00", "--store", url), BadInput)
    nowhere = refused("--since", "2026-01-01T00:00:00+00:00", "--store", f"sqlite:///{tmp_path}/other.db")
    assert isinstance(nowhere, ConfigurationError)
    assert "no store" in str(nowhere)


def test_a_fenced_message_is_looked_up_only_when_all_that_was_under_way_has_settled(
    sandbox: Sandbox, open_to: Open, say: Say
) -> None:
    ledger = open_to(sandbox).delivery.ledger
    ledger.claim(say(intervals=((2_000, HOUR),)), At(1_000, 0), "sandbox")
    ledger.fence(1_500, At(3_000, 7_000))
    assert ledger.flying(7_000 + SETTLE + LAG - 1) == []
    assert len(ledger.flying(7_000 + SETTLE + LAG)) == 1
