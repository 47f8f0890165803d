"""A real worker process, killed (SIGKILL) at every line that matters, and what customers then really get."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import structs

from connectors.sandbox.book import Accepted
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.server import Sandbox
from connectors.store.opening import SANDBOX, open_store
from schemas.messages import Message, Withdraw
from schemas.times import HOUR, SECOND
from schemas.wire import pack_items

Say = Callable[..., Message]
Undo = Callable[..., Withdraw]
Item = Message | Withdraw

ROOT = Path(__file__).parents[2]
END = 12 * HOUR

BEHAVIOURS: dict[str, tuple[Fault, ...]] = {
    "well": (),
    "taken, answer cut": (Fault(Trouble.TAKE_AND_CUT, count=1),),
    "taken, then 503": (Fault(Trouble.TAKE_AND_BREAK, count=1),),
    "not taken, 503": (Fault(Trouble.BREAK, count=1),),
    "limited": (Fault(Trouble.LIMIT, count=1),),
    "refused": (Fault(Trouble.REFUSE, count=1),),
    "taken, answer cut, the list lags by a look": (Fault(Trouble.TAKE_AND_CUT, count=1), Fault(Trouble.HIDE, looks=1)),
}


BY_MAIL_TOO = ("well", "taken, answer cut", "not taken, 503", "taken, answer cut, the list lags by a look")


class Zygote:
    """Forks workers; they die where they are told to."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "instants"
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(Path(__file__).with_name("crash_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def run(self, store: str, sandbox: Sandbox, items: Sequence[Item], machine: int, die_at: int = 0) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {
            "store": store,
            "address": {"url": sandbox.address.url, "nobody": sandbox.address.nobody},
            "faults": [asdict(fault) for fault in sandbox.address.faults],
            "items": base64.b64encode(pack_items(list(items))).decode(),
            "machine": machine,
            "until": END,
            "die_at": die_at,
            "log": str(self._log),
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        done: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert not done["failed"], "the worker failed by itself"
        return done

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    running = Zygote(tmp_path_factory.mktemp("zygote"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """URLs of new stores: copies of one that was migrated once."""
    folder = tmp_path_factory.mktemp("stores")
    open_store(f"sqlite:///{folder}/empty.db", SANDBOX).close()
    numbers = itertools.count()

    def copy() -> str:
        path = folder / f"{next(numbers)}.db"
        shutil.copy(folder / "empty.db", path)
        return f"sqlite:///{path}"

    return copy


def of_its_own(item: Item, words: str) -> Item:
    """The item for a recipient, and a mailbox, that no other story has."""
    if isinstance(item, Withdraw):
        return structs.replace(item, recipient=words)
    mailbox = f"{words.strip('<>').replace('/', '-')}@poczta.example"
    to = mailbox if item.channel == "email" else item.to
    otherwise = of_its_own(item.otherwise, words) if item.otherwise else None
    return structs.replace(item, recipient=words, to=to, otherwise=otherwise)


class Story:
    """Items of one recipient, told apart from all others at the sandbox by words of their own."""

    def __init__(self, zygote: Zygote, sandbox: Sandbox, items: Callable[[str], list[Item]]) -> None:
        self.zygote, self.sandbox, self.items = zygote, sandbox, items
        self.machine = 0

    def live(self, store: str, words: str, *deaths: int) -> list[dict[str, Any]]:
        """Workers that die one after another, an hour of the machine's between them, then one that lives."""
        lives = []
        items = [of_its_own(item, words) for item in self.items(words)]
        for die_at in (*deaths, 0):
            self.machine += HOUR
            done = self.zygote.run(store, self.sandbox, items, self.machine, die_at)
            lives.append(done)
            if done["died"]:
                self.wait_for_the_provider()
        return lives

    def wait_for_the_provider(self) -> None:
        """A request that was written reaches it, though its sender is dead: it came before these, each on a connection
        of its own, and requests are taken up as they come."""
        place = urlsplit(self.sandbox.address.url)
        for _ in range(3):
            connection = HTTPConnection(str(place.hostname), place.port)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()

    def got(self, words: str) -> list[Accepted]:
        """What the customer really got."""
        return [taken for taken in self.sandbox.accepted() if words in taken.text]


def _case(behaviour: str, channel: str) -> Any:
    """The plainest and the worst behaviour always; the others are a long proof."""
    always = behaviour in ("well", "taken, answer cut")
    return pytest.param(behaviour, channel, marks=() if always else pytest.mark.long)


@pytest.mark.parametrize(
    ("behaviour", "channel"),
    [*(_case(each, "sms") for each in BEHAVIOURS), *(_case(each, "email") for each in BY_MAIL_TOO)],
)
def test_killed_at_any_line_a_worker_leaves_each_message_sent_once(
    zygote: Zygote,
    new_store: Callable[[], str],
    sandbox_with: Callable[..., Sandbox],
    say: Say,
    behaviour: str,
    channel: str,
) -> None:
    story = Story(zygote, sandbox_with(*BEHAVIOURS[behaviour]), lambda words: [say(channel=channel, text=words)])
    for die_at in itertools.count(1):
        words = f"<{die_at}>"
        first = story.live(new_store(), words, die_at)[0]
        where = first["instants"][-1] if first["died"] else "at the end"
        assert len(story.got(words)) == 1, f"killed at instant {die_at}: {where}"
        if not first["died"]:
            break
    assert die_at > 8


@pytest.mark.long
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_killed_twice_a_worker_leaves_each_message_sent_once(
    zygote: Zygote, new_store: Callable[[], str], sandbox_with: Callable[..., Sandbox], say: Say, channel: str
) -> None:
    faults = BEHAVIOURS["taken, answer cut, the list lags by a look"]
    story = Story(zygote, sandbox_with(*faults), lambda words: [say(channel=channel, text=words)])
    whole = len(story.live(new_store(), "<whole>")[0]["instants"])
    for first, second in itertools.product(range(2, whole + 1, 4), range(1, whole + 1, 5)):
        words = f"<{first}/{second}>"
        story.live(new_store(), words, first, second)
        assert len(story.got(words)) == 1, words


@pytest.mark.long
def test_killed_at_any_line_a_worker_on_postgresql_leaves_each_message_sent_once(
    zygote: Zygote, postgres: Callable[[], str], sandbox_with: Callable[..., Sandbox], say: Say
) -> None:
    store = postgres()
    open_store(store, SANDBOX).close()
    story = Story(
        zygote,
        sandbox_with(*BEHAVIOURS["taken, answer cut"]),
        lambda words: [say(channel=channel, text=words) for channel in ("sms", "email")],
    )
    for die_at in itertools.count(1):
        words = f"<{die_at}>"
        first = story.live(store, words, die_at)[0]
        assert sorted(taken.channel for taken in story.got(words)) == ["email", "sms"], first["instants"][-1]
        if not first["died"]:
            break


def test_killed_at_any_line_a_refused_address_is_written_to_on_the_next_channel_once(
    zygote: Zygote, new_store: Callable[[], str], sandbox: Sandbox, say: Say
) -> None:
    def items(words: str) -> list[Item]:
        return [say(text=words, to="+48500021614", otherwise=say(channel="email", text=words))]

    story = Story(zygote, sandbox, items)
    for die_at in itertools.count(1):
        words = f"<{die_at}>"
        first = story.live(new_store(), words, die_at)[0]
        assert [taken.channel for taken in story.got(words)] == ["email"], f"{die_at}: {first['instants'][-1]}"
        if not first["died"]:
            break


@pytest.mark.long
@pytest.mark.parametrize("trouble", [Trouble.LIMIT, Trouble.CUT])
def test_killed_at_any_line_what_was_withdrawn_is_not_sent_and_a_new_address_once(
    zygote: Zygote,
    new_store: Callable[[], str],
    sandbox_with: Callable[..., Sandbox],
    say: Say,
    undo: Undo,
    trouble: Trouble,
) -> None:
    sandbox = sandbox_with(Fault(trouble, until=20 * SECOND))

    def items(words: str) -> list[Item]:
        again = say(text=words, generation=1, at=10 * SECOND, to="+48500000456")
        return [say(text=words), undo(at=10 * SECOND), again]

    story = Story(zygote, sandbox, items)
    for die_at in itertools.count(1):
        words = f"<{die_at}>"
        first = story.live(new_store(), words, die_at)[0]
        assert [taken.to for taken in story.got(words)] == ["+48500000456"], f"{die_at}: {first['instants'][-1]}"
        if not first["died"]:
            break
