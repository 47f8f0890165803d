"""`awizo send`, `doctor`, `brake`, `redrive`: on the real path, the providers' URLs being a sandbox's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from connectors.examining import STANDS
from connectors.opening import open_providers
from connectors.sandbox.address import ACCOUNT, API_KEY, TOKEN
from connectors.sandbox.server import Sandbox
from connectors.store.live_tables import progress
from connectors.store.progress import Progress
from connectors.store.schema import ledger
from connectors.store.shared import Flag, Shared
from pipelines.cli import awizo
from pipelines.rules.brake import BRAKED
from pipelines.rules.ledger import IN_DOUBT
from schemas.errors import BadInput, ConfigurationError
from schemas.messages import Message, Slot

SOWA = Path(__file__).parents[2] / "infra" / "demo" / "shops" / "sowa"
PHONE = "+48500000123"
KEY = "a-key-of-tests-and-nothing-else"

Run = Callable[..., Result]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as started:
        yield started


@pytest.fixture
def environment(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    return {
        "AWIZO_PERSON_KEY": KEY,
        "AWIZO_STORE": f"sqlite:///{tmp_path}/awizo.db",
        "AWIZO_TWILIO_ACCOUNT": ACCOUNT,
        "AWIZO_TWILIO_TOKEN": TOKEN,
        "AWIZO_TWILIO_URL": sandbox.address.url,
        "AWIZO_SENDGRID_API_KEY": API_KEY,
        "AWIZO_SENDGRID_URL": sandbox.address.url,
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def invoke(*words: str, **changes: str) -> Result:
        return CliRunner(env=environment | changes).invoke(awizo, words)

    return invoke


def send(run: Run, *more: str, to: str = PHONE, channel: str = "sms", **changes: str) -> Result:
    return run("send", "--shop", str(SOWA), "--channel", channel, "--to", to, *more, **changes)


@pytest.mark.parametrize(("channel", "to"), [("sms", PHONE), ("email", "jan@poczta.example")])
def test_a_test_message_is_first_only_described_and_then_sent(
    run: Run, sandbox: Sandbox, channel: str, to: str
) -> None:
    shown = send(run, channel=channel, to=to)
    assert (shown.exit_code, sandbox.accepted()) == (0, [])
    assert "nothing was sent" in shown.output
    assert to not in shown.output
    sent = send(run, "--go", channel=channel, to=to)
    assert (sent.exit_code, [taken.to for taken in sandbox.accepted()]) == (0, [to])
    assert "calls it" in sent.output


def test_a_refused_test_message_says_why_and_fails(run: Run, sandbox: Sandbox) -> None:
    refused = send(run, "--go", to="+48500021614")
    assert (refused.exit_code, "failed: 21614" in refused.output) == (1, True)
    assert "cannot reach this address" in refused.output
    wrong = send(run, "--go", AWIZO_TWILIO_TOKEN="wrong")
    assert (wrong.exit_code, "deferred: 20003" in wrong.output) == (1, True)
    assert "closed: 20003" in send(run).output  # the breaker is in the store, for all to see
    assert sandbox.accepted() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "no_such"), "--kind"),
        (("--to", "500"), "--to"),
        (("--to", "nobody", "--channel", "email"), "--to"),
    ],
)
def test_what_cannot_be_sent_is_bad_input(run: Run, words: tuple[str, ...], said: str) -> None:
    result = send(run, *words)
    assert isinstance(result.exception, BadInput)
    assert result.exception.place == said


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"AWIZO_PERSON_KEY": ""}, "AWIZO_PERSON_KEY"),
        ({"AWIZO_PERSON_KEY": "tiny"}, "AWIZO_PERSON_KEY"),
        ({"AWIZO_PERSON_KEY_ID": "x" * 17}, "id of a person key"),
        ({"AWIZO_FORMER_PERSON_KEYS": "no-name"}, "AWIZO_FORMER_PERSON_KEYS"),
        ({"AWIZO_STORE": ""}, "AWIZO_STORE"),
        ({"AWIZO_STORE": "nonsense"}, "URL"),
        ({"AWIZO_TWILIO_ACCOUNT": ""}, "AWIZO_TWILIO_ACCOUNT"),
        ({"AWIZO_TWILIO_ACCOUNT": "SK123"}, "AWIZO_TWILIO_ACCOUNT"),
        ({"AWIZO_TWILIO_TOKEN": ""}, "AWIZO_TWILIO_TOKEN"),
        ({"AWIZO_TWILIO_URL": "api.twilio.com"}, "AWIZO_TWILIO_URL"),
        ({"AWIZO_TWILIO_CALLBACK": "https://our_host.example/"}, "AWIZO_TWILIO_CALLBACK"),
        ({"AWIZO_SENDGRID_API_KEY": "key"}, "AWIZO_SENDGRID_API_KEY"),
        ({"AWIZO_SMS_ROUTES": "sendgrid"}, "AWIZO_SMS_ROUTES"),
        ({"AWIZO_SMS_ROUTES": "twilio twilio:PL"}, "AWIZO_SMS_ROUTES"),
        ({"AWIZO_SMS_ROUTES": "twilio twilio_2"}, "AWIZO_TWILIO_2_ACCOUNT"),
        ({"AWIZO_SMS_PER_SECOND": "many"}, "AWIZO_SMS_PER_SECOND"),
        ({"AWIZO_SMS_PER_SECOND": "inf"}, "AWIZO_SMS_PER_SECOND"),
        ({"AWIZO_BRAKE_TIMES": "-1"}, "AWIZO_BRAKE_TIMES"),
    ],
    ids=str,
)
def test_a_setting_that_is_missing_or_wrong_is_named_and_its_value_is_not(
    environment: dict[str, str], changes: dict[str, str], setting: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_providers(environment | changes)
    assert setting in raised.value.reason
    secrets = [TOKEN, API_KEY, environment["AWIZO_PERSON_KEY"], *(v for v in changes.values() if len(v) > 3)]
    assert not any(secret in raised.value.reason for secret in secrets)


def test_several_accounts_of_a_channel_stand_in_order_and_stamp_the_store(environment: dict[str, str]) -> None:
    more = {
        "AWIZO_SMS_ROUTES": "twilio:PL twilio_2",
        "AWIZO_TWILIO_2_ACCOUNT": "AC" + "1b" * 16,
        "AWIZO_TWILIO_2_TOKEN": "t",
        "AWIZO_EMAIL_ROUTES": "",
    }
    del environment["AWIZO_SENDGRID_API_KEY"]
    opened = open_providers(
        environment | {name: value for name, value in more.items() if value} | {"AWIZO_EMAIL_ROUTES": ""}
    )
    flow = opened.delivery.connectors["sms"]
    assert [account.name for account in flow.accounts] == ["twilio", "twilio_2"]  # type: ignore[attr-defined]
    assert [account.serves("UA") for account in flow.accounts] == [False, True]  # type: ignore[attr-defined]
    assert set(opened.delivery.connectors) == {"sms"}
    assert opened.store.realm == f"twilio:{'AC' + '1b' * 16} twilio:{ACCOUNT}"
    opened.close()


# --- doctor


def test_the_doctor_finds_nothing_wrong_where_nothing_is(run: Run) -> None:
    result = run("doctor", "--offline")
    assert result.exit_code == 0, result.output
    assert "wrong" not in result.output
    assert TOKEN not in result.output


NEW_KEY = "another-key,-longer-than-it-must-be"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"AWIZO_PERSON_KEY": NEW_KEY}, "'1' is not the one that this store was made with"),
        (
            {"AWIZO_PERSON_KEY": NEW_KEY, "AWIZO_PERSON_KEY_ID": "k2"},
            "'1', with which this store was made",
        ),
    ],
)
def test_a_store_is_not_used_with_a_key_under_which_it_would_forget_what_was_sent_and_who_wants_no_more(
    run: Run, sandbox: Sandbox, changes: dict[str, str], words: str
) -> None:
    assert send(run, "--go").exit_code == 0
    refused = send(run, "--go", **changes)
    assert isinstance(refused.exception, ConfigurationError)
    assert words in str(refused.exception)
    assert words in run("doctor", "--offline", **changes).output
    assert len(sandbox.accepted()) == 1
    both = changes | {"AWIZO_PERSON_KEY_ID": "k2", "AWIZO_FORMER_PERSON_KEYS": f"1={KEY}"}
    assert send(run, "--go", **both).exit_code == 0


def test_the_doctor_finds_nothing_wrong_with_a_sandbox(run: Run) -> None:
    result = run("doctor", "--shops", str(SOWA.parent))
    assert result.exit_code == 0, result.output


def test_a_person_key_that_could_never_be_a_former_one_is_refused(run: Run) -> None:
    for key in ("two words that are long enough", f"{KEY}\n"):
        assert "AWIZO_PERSON_KEY has a blank" in run("doctor", "--offline", AWIZO_PERSON_KEY=key).output


def test_a_store_goes_on_without_an_account_that_was_taken_out_of_its_routes(run: Run, sandbox: Sandbox) -> None:
    assert send(run, "--go").exit_code == 0
    assert send(run, "--go", AWIZO_SMS_ROUTES="twilio", AWIZO_EMAIL_ROUTES="").exit_code == 0
    assert run("doctor", "--offline", AWIZO_EMAIL_ROUTES="").exit_code == 0
    assert len(sandbox.accepted()) == 2


def test_the_doctor_says_that_a_run_stands(run: Run, environment: dict[str, str]) -> None:
    send(run, "--go")
    opened = open_providers(environment)
    Progress(opened.store).reach(1_000)
    assert "ok     live run" in run("doctor", "--offline").output
    with opened.store.transaction() as connection:
        connection.execute(progress.update().values(updated=progress.c.updated - STANDS - 1_000))
    opened.close()
    shown = run("doctor", "--offline")
    assert (shown.exit_code, "wrong  live run: stands for 12" in shown.output) == (1, True)
    assert "awizo run" in shown.output


def test_the_doctor_says_how_much_room_a_store_has(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    send(run, "--go")
    assert "ok     disk: " in run("doctor", "--offline").output
    monkeypatch.setattr("connectors.examining.disk_usage", lambda _: SimpleNamespace(free=5 << 20))
    assert "wrong  disk: 5 MB are free where the store is" in run("doctor", "--offline").output


def test_the_doctor_names_the_setting_and_what_to_do(run: Run) -> None:
    result = run("doctor", "--offline", AWIZO_TWILIO_TOKEN="", AWIZO_STORE="")
    assert result.exit_code == 1
    assert "AWIZO_TWILIO_TOKEN is not set" in result.output
    assert result.output.count("AWIZO_STORE is not set") == 1


def test_the_doctor_shows_an_open_breaker_and_closes_it_when_told(run: Run) -> None:
    send(run, "--go", AWIZO_TWILIO_TOKEN="wrong")
    shown = run("doctor", "--offline")
    assert shown.exit_code == 1
    assert "breaker/twilio: 20003" in shown.output
    assert "AWIZO_TWILIO_TOKEN" in shown.output
    closed = run("doctor", "--offline", "--close", "twilio")
    assert (closed.exit_code, "closed twilio" in closed.output) == (0, True)
    assert isinstance(run("doctor", "--offline", "--close", "twilio").exception, BadInput)


def test_what_a_breaker_stopped_is_due_when_it_is_closed_by_hand(run: Run, environment: dict[str, str]) -> None:
    send(run, "--go", AWIZO_TWILIO_TOKEN="wrong")
    opened = open_providers(environment)
    with opened.store.reading() as connection:
        (before,) = connection.execute(select(ledger.c.state, ledger.c.due_at)).all()
    closed = run("doctor", "--offline", "--close", "twilio")
    assert "1 messages that waited for it are due now" in closed.output
    with opened.store.reading() as connection:
        (after,) = connection.execute(select(ledger.c.state, ledger.c.due_at)).all()
    opened.close()
    assert before.state == after.state == "deferred"
    assert after.due_at < before.due_at


def test_the_doctor_says_that_a_store_is_of_other_accounts(run: Run) -> None:
    send(run, "--go")
    result = run("doctor", "--offline", AWIZO_SENDGRID_ACCOUNT="other")
    assert (result.exit_code, "belongs to realm" in result.output) == (1, True)


# --- brake and redrive


@pytest.fixture
def parked(environment: dict[str, str]) -> Callable[..., None]:
    """Parks so many messages of the shop sowa, for the brake or for doubt."""

    def park(number: int, reason: str = BRAKED) -> None:
        from connectors.store.claims import At
        from pipelines.commands.brake import _now

        opened = open_providers(environment)
        ledger = opened.delivery.ledger
        object.__setattr__(ledger, "brake", lambda *_: True)
        for place in range(number):
            now = _now()
            ledger.claim(waiting(f"{reason}{place}", now), At(now, now), opened.store.realm)
        with opened.store.transaction() as connection:
            from connectors.store.schema import ledger as rows

            connection.execute(rows.update().where(rows.c.occurrence.startswith(reason)).values(reason=reason))
        Shared(opened.store).raise_flag(Flag("brake/sowa", "12 messages in this hour, usual: 1", "", 1))
        opened.close()

    return park


def waiting(occurrence: str, now: int) -> Message:
    return Message(
        shop="sowa",
        bundle="1",
        recipient="c1",
        order="o1",
        kind="shipped",
        cls="service",
        priority=3,
        locale="pl",
        slots=(Slot("inpost/1", "shipped", occurrence),),
        generation=0,
        at=now,
        valid_until=now + 3_600_000,
        intervals=((now, now + 3_600_000),),
        channel="sms",
        to=PHONE,
        country="PL",
        sender="Sowa",
        text="Paczka w drodze.",
    )


def states(environment: dict[str, str]) -> list[str]:
    """Each message's state and reason."""
    from sqlalchemy import select

    from connectors.store.schema import ledger as rows

    opened = open_providers(environment)
    with opened.store.transaction() as connection:
        query = select(rows.c.state, rows.c.reason).order_by(rows.c.occurrence)
        found = [f"{row.state}: {row.reason}" for row in connection.execute(query)]
    opened.close()
    return found


def test_a_braked_shop_is_shown_and_released_and_its_messages_go(
    run: Run, parked: Callable[..., None], environment: dict[str, str], sandbox: Sandbox
) -> None:
    parked(2)
    shown = run("brake", "show")
    assert (shown.exit_code, "2 messages parked" in shown.output) == (1, True)
    assert "would be let go" in run("brake", "release", "sowa").output
    assert states(environment) == ["parked: brake"] * 2
    assert "2 parked messages of sowa were let go" in run("brake", "release", "sowa", "--go").output
    assert states(environment) == ["new: released"] * 2
    assert "may send anything" in run("brake", "show").output
    opened = open_providers(environment)
    from pipelines.commands.brake import _now

    for row in opened.delivery.ledger.due(_now()):
        opened.delivery.take_up(row.leader, row.channel, row.state, _at())
    opened.close()
    assert len(sandbox.accepted()) == 2


def _at() -> object:
    from connectors.store.claims import At
    from pipelines.commands.brake import _now

    return At(_now(), _now())


def test_what_the_brake_holds_can_be_dropped(
    run: Run, parked: Callable[..., None], environment: dict[str, str]
) -> None:
    parked(2)
    assert "2 parked messages of sowa were dropped" in run("brake", "release", "sowa", "--drop", "--go").output
    assert states(environment) == ["failed: dropped"] * 2
    assert isinstance(run("brake", "release", "sowa", "--go").exception, BadInput)


def test_a_peak_is_announced(run: Run) -> None:
    span = ("--from", "2026-11-27T06:00:00+01:00", "--until", "2126-11-28T00:00:00+01:00")
    assert run("brake", "announce", "sowa", *span, "--times", "20").exit_code == 0
    assert "sowa: may send 20 times its usual hour" in run("brake", "show").output
    backwards = ("--from", "2026-11-28T06:00:00+01:00", "--until", "2026-11-27T00:00:00+01:00")
    assert isinstance(run("brake", "announce", "sowa", *backwards).exception, BadInput)
    naive = ("--from", "2026-11-28T06:00:00", "--until", "2026-11-29T00:00:00+01:00")
    assert isinstance(run("brake", "announce", "sowa", *naive).exception, BadInput)


def test_what_may_have_been_sent_is_redriven_only_on_demand(
    run: Run, parked: Callable[..., None], environment: dict[str, str]
) -> None:
    parked(1)
    parked(1, IN_DOUBT)
    assert states(environment) == ["parked: brake", "parked: in_doubt"]
    dry = run("redrive", "parked", "--shop", "sowa")
    assert "1 would be let go" in dry.output
    assert "left: 1 that may have been sent" in dry.output
    assert "0 would be let go" in run("redrive", "parked", "--kind", "delivered").output
    assert "1 were let go" in run("redrive", "parked", "--go").output
    assert states(environment) == ["new: released", "parked: in_doubt"]
    assert "1 were let go" in run("redrive", "parked", "--in-doubt", "--go").output
    assert states(environment) == ["new: released", "new: released"]


def test_dead_letters_that_hold_events_are_written_as_events(run: Run, tmp_path: Path) -> None:
    event = '{"specversion":"1.0","type":"awizo.order.placed.v1"}'
    letters = [
        {"at": None, "stage": "Normalize", "reason": "unknown field", "place": "data.x", "original": event},
        {"at": None, "stage": "Normalize", "reason": "no time", "place": "scans.0", "original": '{"code":"x"}'},
        {"at": None, "stage": "Deliver", "reason": "x", "place": "k", "encoding": "base64", "original": "/w=="},
    ]
    path, out = tmp_path / "dead_letters.jsonl", tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(letter) + "\n" for letter in letters), "utf-8")
    dry = run("redrive", "dead", str(path), "--out", str(out))
    assert "1 events would be written" in dry.output
    assert "left: 2 that hold no whole event" in dry.output
    assert not out.exists()
    assert run("redrive", "dead", str(path), "--out", str(out), "--stage", "Normalize", "--go").exit_code == 0
    assert out.read_text("utf-8") == event + "\n"
    path.write_text("{}\n", "utf-8")
    assert isinstance(run("redrive", "dead", str(path), "--out", str(out)).exception, BadInput)
