"""A channel over several accounts: order, shares, breakers, pace, numbers."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from connectors.arrivals import READ_EACH, Arrivals
from connectors.breakers import PAUSE, Breakers
from connectors.connector import Sent
from connectors.flow import Account, Flow
from connectors.metering import Counts
from connectors.opening import Opened
from connectors.pacing import LONGEST, MICRO, Pace
from connectors.receipts.receipt import Receipt, Said
from connectors.retries import Patience
from connectors.sandbox.server import Sandbox
from connectors.store.claims import At, Claimed, Deferred
from connectors.store.evidence import Receiving
from connectors.store.opening import SANDBOX, open_store
from connectors.store.shared import Flag, Shared
from pipelines.rules.ledger import LIMITED, LIMITED_AGAIN
from schemas.errors import ConfigurationError, Permanent, StoreDown, Transient, Unknown
from schemas.messages import Message
from schemas.metrics import BREAKER_OPEN, BREAKER_OPENED, PACE_WAIT_SECONDS, POSTS, REFUSALS, RETRIES, SHARE, UNDER_WAY
from schemas.metrics import LIMITED as LIMITED_TOTAL
from schemas.times import HOUR, SECOND

Say = Callable[..., Message]


@dataclass
class Scripted:
    """A connector that does as it is told, then sends."""

    name: str
    script: list[Exception] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    realm: str = SANDBOX
    channel: str = "sms"
    always: Exception | None = None

    def send(self, message: Message, key: str, attempt: int, message_time: int) -> Sent:
        self.keys.append(key)
        if self.always is not None:
            raise self.always
        if self.script:
            raise self.script.pop(0)
        return Sent(self.name, f"{self.name}-{key}")


@pytest.fixture
def shared() -> Shared:
    return Shared(open_store("sqlite://", SANDBOX))


def flow_over(*connectors: Scripted, countries: Sequence[str] = ("",), **more: Any) -> Flow:
    """A flow over these, each for its countries (as "PL,UA"; "" is all)."""
    limits = [frozenset(filter(None, each.split(","))) for each in (*countries, *[""] * len(connectors))]
    accounts = tuple(Account(each.name, each, limit) for each, limit in zip(connectors, limits, strict=False))
    return Flow("sms", SANDBOX, accounts, more.pop("breakers", None) or Breakers(), **more)


def test_the_first_account_has_everything_while_it_is_well(say: Say) -> None:
    first, second = Scripted("twilio"), Scripted("twilio_2")
    flow = flow_over(first, second)
    for number in range(50):
        flow.send(say(), f"k{number}", 1, 0)
    assert (len(first.keys), len(second.keys)) == (50, 0)


@pytest.mark.parametrize("error", [Transient("not_sent:x"), ConfigurationError("20003", "mend it")])
def test_what_surely_was_not_sent_goes_by_the_next_account_at_once(say: Say, error: Exception) -> None:
    meter = Counts()
    flow = flow_over(Scripted("twilio", [error]), Scripted("twilio_2"), meter=meter)
    assert flow.send(say(), "k", 1, 0).provider == "twilio_2"
    assert meter.total(RETRIES) == 1


@pytest.mark.parametrize("error", [Unknown("ReadTimeoutError"), Permanent("21614", "recipient")])
def test_what_may_have_been_sent_or_was_refused_is_not_tried_elsewhere(say: Say, error: Exception) -> None:
    second = Scripted("twilio_2")
    with pytest.raises(type(error)) as raised:
        flow_over(Scripted("twilio", [error]), second).send(say(), "k", 1, 0)
    assert second.keys == []
    assert getattr(raised.value, "account", "twilio") == "twilio"


def test_a_country_goes_only_by_accounts_that_serve_it(say: Say) -> None:
    flow = flow_over(Scripted("twilio"), Scripted("twilio_2"), countries=("PL", "UA,DE"))
    assert flow.send(say(country="UA"), "k", 1, 0).provider == "twilio_2"
    assert flow.send(say(country="PL"), "k", 1, 0).provider == "twilio"
    with pytest.raises(ConfigurationError, match="AWIZO_SMS_ROUTES"):
        flow.send(say(country="FR"), "k", 1, 0)


def test_an_account_that_fails_is_given_less_and_comes_back(say: Say) -> None:
    now = [0.0]
    meter = Counts()
    first, second = Scripted("twilio", always=Transient("x")), Scripted("twilio_2")
    flow = flow_over(first, second, seconds=lambda: now[0], meter=meter)
    for number in range(100):
        now[0] += 1
        flow.send(say(), f"k{number}", 1, 0)
    assert len(first.keys) < 30
    assert flow.parts()["twilio"] == meter.total(SHARE, "sms", "twilio") < 0.1
    first.always = None
    now[0] += 7_200
    assert flow.parts()["twilio"] > 0.99


def lingering(name: str, now: list[float], seconds: float, then: Exception | None = None) -> Scripted:
    """A connector that takes so long to answer."""

    @dataclass
    class Lingering(Scripted):
        def send(self, message: Message, key: str, attempt: int, message_time: int) -> Sent:
            now[0] += seconds
            return super().send(message, key, attempt, message_time)

    return Lingering(name, always=then)


def test_missing_deliveries_cost_an_account_its_share_in_every_worker(shared: Shared) -> None:
    clock = Clock()
    taking_in, sending = Arrivals(shared, clock), Arrivals(shared, clock)
    flow = flow_over(Scripted("twilio"), Scripted("other"), arrivals=sending)
    assert flow.parts() == {"twilio": 1.0, "other": 0.0}
    for hour in range(100):
        clock.now += HOUR
        for place in range(40):
            taking_in.saw("twilio", delivered=hour < 98 or place % 2 == 0)
    taking_in.flush()
    assert flow.parts()["twilio"] < 0.5
    clock.now += 3 * HOUR
    assert flow.parts()["twilio"] > 0.99


def test_receipts_are_written_once_a_second_and_read_once_a_minute(shared: Shared) -> None:
    clock = Clock()
    arrivals = Arrivals(shared, clock)
    assert arrivals.of("twilio") == ((0, 0), (0, 0))
    arrivals.saw("twilio", delivered=False)
    arrivals.saw("twilio", delivered=True)
    assert shared.volume("delivered/twilio", 0) == {}
    clock.now += SECOND
    arrivals.saw("twilio", delivered=True)
    assert shared.volume("delivered/twilio", 0) == {0: 2}
    assert arrivals.of("twilio") == ((0, 0), (0, 0))
    clock.now += READ_EACH
    assert arrivals.of("twilio") == ((1, 3), (1, 3))


def test_receipts_tell_the_shares_what_arrived_and_a_dead_address_is_no_fault_of_the_provider(
    sandbox: Sandbox, open_to: Callable[..., Opened], say: Say, shared: Shared
) -> None:
    delivery = open_to(sandbox).delivery
    clock = Clock()
    arrivals = Arrivals(shared, clock)
    receiving = Receiving(delivery.ledger, arrivals)
    for place, (said, dead) in enumerate([(Said.DELIVERED, False), (Said.UNDELIVERED, False), (Said.FAILED, True)]):
        (sent,) = delivery.deliver([say(str(place))])
        receipt = Receipt("twilio", sent.provider_id, sent.key, str(place), said, 2_000, said, is_dead=dead)
        receiving.take(receipt, 2_000)
    receiving.take(Receipt("twilio", "SM" + "0" * 32, "", "x", Said.DELIVERED, 2_000, "delivered"), 2_000)  # not ours
    assert arrivals.of("twilio") == ((1, 2), (1, 2))


def test_slow_answers_cost_an_account_its_share(say: Say) -> None:
    now = [0.0]
    flow = flow_over(lingering("twilio", now, 6.0), Scripted("twilio_2"), seconds=lambda: now[0])
    for number in range(20):
        flow.send(say(), f"k{number}", 1, 0)
    assert flow.parts()["twilio"] < 0.5


def test_no_further_account_is_tried_once_the_lease_could_run_out(say: Say) -> None:
    now = [0.0]
    first = lingering("twilio", now, 16.0, Transient("not_sent:ConnectTimeoutError"))
    second = Scripted("twilio_2")
    with pytest.raises(Transient):
        flow_over(first, second, seconds=lambda: now[0]).send(say(), "k", 1, 0)
    assert second.keys == []


# --- breakers


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_a_wrong_key_opens_the_breaker_and_nothing_more_is_asked_until_it_is_tried_again(
    say: Say, shared: Shared, caplog: pytest.LogCaptureFixture
) -> None:
    clock, meter = Clock(), Counts()
    only = Scripted("twilio", always=ConfigurationError("20003", "check AWIZO_TWILIO_TOKEN"))
    flow = flow_over(only, breakers=Breakers(shared, clock, meter=meter), meter=meter)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            with pytest.raises(ConfigurationError):
                flow.send(say(), "k", 1, 0)
    assert (len(only.keys), flow.closed(), caplog.text.count("is open")) == (1, "20003", 1)
    (flag,) = shared.flags("breaker/")
    assert (flag.name, flag.reason, flag.remedy) == ("breaker/twilio", "20003", "check AWIZO_TWILIO_TOKEN")
    assert (meter.total(BREAKER_OPENED), meter.total(BREAKER_OPEN)) == (1, 1)
    clock.now += PAUSE
    assert flow.closed() == ""
    with pytest.raises(ConfigurationError):
        flow.send(say(), "k", 1, 0)
    assert (len(only.keys), flow.closed()) == (2, "20003")
    clock.now += PAUSE
    only.always = None
    flow.send(say(), "k", 1, 0)
    assert (flow.closed(), shared.flags(), meter.total(BREAKER_OPEN)) == ("", [], 0)


def test_one_shops_sender_stops_that_sender_alone(say: Say) -> None:
    only = Scripted("twilio", [ConfigurationError("21606", "register it", "sender")])
    flow = flow_over(only)
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            flow.send(say(shop="sowa", sender="Sova"), "k", 1, 0)
    assert (len(only.keys), flow.closed()) == (1, "")
    assert flow.send(say(shop="lela", sender="Lela"), "k", 1, 0)


def test_a_breaker_that_one_worker_opens_is_open_for_all_and_an_operator_closes_it_for_all(shared: Shared) -> None:
    clock = Clock()
    one, other = Breakers(shared, clock), Breakers(shared, clock)
    assert other.standing("twilio") == ""
    one.open("twilio", ConfigurationError("20003"))
    clock.now += 6 * SECOND
    assert other.reason("twilio") == "20003"
    shared.lower_flag("breaker/twilio")
    clock.now += 6 * SECOND
    assert (one.reason("twilio"), other.reason("twilio")) == ("", "")


def test_of_all_who_ask_after_the_pause_one_is_the_try() -> None:
    clock = Clock()
    breakers = Breakers(clock=clock)
    breakers.open("twilio", ConfigurationError("20003"))
    clock.now += PAUSE
    assert [breakers.reason("twilio") for _ in range(3)] == ["", "20003", "20003"]


def test_a_breaker_without_a_pause_waits_for_an_operator() -> None:
    clock = Clock()
    breakers = Breakers(clock=clock, pause=0)
    breakers.open("twilio", ConfigurationError("20003"))
    clock.now += 100 * PAUSE
    assert breakers.reason("twilio") == "20003"
    breakers.close("twilio")
    breakers.close("twilio")
    assert breakers.reason("twilio") == ""


def test_a_flag_keeps_when_it_was_first_raised(shared: Shared) -> None:
    shared.raise_flag(Flag("breaker/x", "a", "", 5, 10))
    shared.raise_flag(Flag("breaker/x", "b", "", 7, 20))
    assert shared.flags() == [Flag("breaker/x", "b", "", 5, 20)]
    assert (shared.lower_flag("breaker/x"), shared.lower_flag("breaker/x")) == (True, False)


# --- pace


class Micros:
    """A clock that moves only when someone sleeps."""

    def __init__(self) -> None:
        self.now = 5_000_000

    def __call__(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * MICRO)


def test_two_workers_together_keep_the_accounts_limit(shared: Shared) -> None:
    clock = Micros()
    workers = [Pace(shared, {"sms": 100.0}, clock, clock.sleep) for _ in range(2)]
    begun, entered = clock.now, 0
    while clock.now < begun + 3 * MICRO:
        assert workers[entered % 2].enter("sms") == ""
        entered += 1
    assert 270 <= entered <= 330


def test_a_channel_without_a_limit_never_waits(shared: Shared) -> None:
    clock = Micros()
    pace = Pace(shared, {"sms": 0.0}, clock, clock.sleep)
    assert [pace.enter("sms") for _ in range(1_000)] == [""] * 1_000
    assert (pace.take("email", 7), clock.now) == (7, 5_000_000)


def test_places_taken_at_once_are_never_more_than_there_are(shared: Shared) -> None:
    clock = Micros()
    pace = Pace(shared, {"sms": 100.0}, clock, clock.sleep)
    taken = 0
    for _ in range(100):
        taken += pace.take("sms", 50)
        clock.now += MICRO // 100
    assert 90 <= taken <= 120


def test_a_place_given_back_is_used_again(shared: Shared) -> None:
    clock = Micros()
    pace = Pace(shared, {"sms": 10.0}, clock, clock.sleep)
    for _ in range(20):
        pace.enter("sms")
        pace.give_back("sms")
    assert clock.now == 5_000_000


def test_a_provider_that_asks_for_a_pause_silences_every_worker_and_nobody_sleeps_through_a_long_one(
    shared: Shared,
) -> None:
    clock = Micros()
    one, other = (Pace(shared, {"sms": 10.0}, clock, clock.sleep) for _ in range(2))
    one.hold_back("sms", 60 * SECOND)
    assert [pace.enter("sms") for pace in (one, other)] == [LIMITED, LIMITED]
    assert clock.now == 5_000_000
    clock.now += 58 * MICRO
    assert other.enter("sms") == ""
    assert clock.now == 65_000_000
    assert LONGEST < 60


def test_waits_for_a_place_are_measured(shared: Shared) -> None:
    clock, meter = Micros(), Counts()
    pace = Pace(shared, {"sms": 1.0}, clock, clock.sleep, meter)
    for _ in range(3):
        pace.enter("sms")
    assert meter.values(PACE_WAIT_SECONDS, "sms") == [0.0, 1.0, 1.0]


def test_a_limit_of_the_provider_holds_the_channel_back_if_it_has_no_other_account(say: Say, shared: Shared) -> None:
    clock, meter = Micros(), Counts()
    pace = Pace(shared, {"sms": 10.0}, clock, clock.sleep)
    only = Scripted("twilio", [Transient("20429", 60 * SECOND)])
    with pytest.raises(Transient):
        flow_over(only, pace=pace, meter=meter).send(say(), "k", 1, 0)
    assert pace.enter("sms") == LIMITED
    assert meter.total(LIMITED_TOTAL, "sms", "twilio") == 1


def test_what_finds_no_place_waits_in_the_ledger_for_half_a_minute_and_loses_no_attempt(
    sandbox: Sandbox, open_to: Callable[..., Opened], say: Say
) -> None:
    opened = open_to(sandbox)
    clock = Micros()
    pace = Pace(Shared(opened.store), {"sms": 10.0}, clock, clock.sleep)
    delivery = replace(opened.delivery, pace=pace)
    pace.hold_back("sms", 20 * SECOND)
    (outcome,) = delivery.deliver([say()], until=1_000)
    assert (outcome.state, outcome.reason, outcome.attempts) == ("deferred", LIMITED, 0)
    assert [row.due_at for row in delivery.ledger.due(10**9)] == [1_000 + LIMITED_AGAIN]
    clock.now += 20 * MICRO
    (sent,) = delivery.deliver([say()], until=1_000 + LIMITED_AGAIN)
    assert (sent.state, len(sandbox.accepted())) == ("sent", 1)


def test_who_waited_for_a_place_into_the_night_sends_in_the_morning(
    sandbox: Sandbox, open_to: Callable[..., Opened], say: Say
) -> None:
    opened, clock = open_to(sandbox), Micros()
    pace = Pace(Shared(opened.store), {"sms": 0.5}, clock, clock.sleep)
    delivery = replace(opened.delivery, pace=pace, machine=lambda: clock.now // 1_000)
    evening, morning = (1_000, 3_000), (HOUR, 2 * HOUR)
    now = At(2_500, clock.now // 1_000)
    assert isinstance(delivery.claim(say("a", intervals=(evening, morning)), now), Claimed)
    late = delivery.claim(say("b", intervals=(evening, morning)), now)
    assert isinstance(late, Deferred)
    assert (late.row.due_at, clock.now) == (HOUR, 7_000_000)


def test_a_place_is_given_back_if_there_is_nothing_to_send(
    sandbox: Sandbox, open_to: Callable[..., Opened], say: Say
) -> None:
    opened = open_to(sandbox)
    clock = Micros()
    delivery = replace(opened.delivery, pace=Pace(Shared(opened.store), {"sms": 1.0}, clock, clock.sleep))
    for _ in range(20):
        delivery.deliver([say()])
    assert clock.now < 5_000_000 + 3 * MICRO
    assert len(sandbox.accepted()) == 1


def test_a_store_that_is_down_takes_no_answer_of_a_provider_away(say: Say) -> None:
    class Down(Shared):
        def __getattribute__(self, name: str) -> Any:
            raise StoreDown("OperationalError")

    clock, micros = Clock(), Micros()
    down = Down(open_store("sqlite://", SANDBOX))
    breakers, pace, arrivals = Breakers(down, clock), Pace(down, {"sms": 1.0}, micros), Arrivals(down, clock)
    only = Scripted("twilio", [ConfigurationError("20003"), Transient("20429", 60 * SECOND)])
    flow = flow_over(only, breakers=breakers, pace=pace, arrivals=arrivals)
    with pytest.raises(ConfigurationError):
        flow.send(say(), "k", 1, 0)
    clock.now += PAUSE
    with pytest.raises(Transient):
        flow.send(say(), "k", 2, 0)
    clock.now += PAUSE
    assert flow.send(say(), "k", 3, 0).provider == "twilio"
    assert flow.closed() == ""
    arrivals.saw("twilio", delivered=True)
    assert arrivals.of("twilio") == ((0, 0), (0, 0))


# --- patience


def tries(patience: Patience, *errors: Exception) -> tuple[int, list[float]]:
    """How often it tried, and how long it slept."""
    left, tried, slept = list(errors), [], []
    patient = Patience(patience.tries, patience.longest, patience.total, slept.append, patience.meter)

    def post() -> Sent:
        tried.append(1)
        if left:
            raise left.pop(0)
        return Sent("twilio", "x")

    with contextlib.suppress(Transient):
        patient.send(post, lambda: True)
    return len(tried), slept


def test_patience_is_bounded_in_tries_and_in_time() -> None:
    endless = [Transient("x", 4 * SECOND)] * 50
    assert tries(Patience(tries=3), *endless) == (3, [4.0, 4.0])
    number, slept = tries(Patience(tries=50, total=10.0), *endless)
    assert (number, sum(slept)) == (3, 8.0)


def test_a_provider_that_asks_for_longer_than_anyone_waits_is_left_to_the_ledger() -> None:
    assert tries(Patience(tries=5), Transient("20429", 60 * SECOND)) == (1, [])


def test_only_what_surely_was_not_sent_is_tried_again() -> None:
    for error in (Unknown("x"), Permanent("x"), ConfigurationError("x")):
        with pytest.raises(type(error)):
            tries(Patience(tries=5), error)


# --- numbers


def test_every_post_is_counted_by_what_came_of_it(say: Say) -> None:
    meter = Counts()
    script: list[Exception] = [
        Transient("20429"),
        Permanent("21614", "recipient"),
        Permanent("21610", "opted_out"),
        Unknown("x"),
        ConfigurationError("21606", "", "sender"),
    ]
    flow = flow_over(Scripted("twilio", script), meter=meter)
    for place, error in enumerate(list(script)):
        with pytest.raises(type(error)):
            flow.send(say(), f"k{place}", 1, 0)
    flow.send(say(sender="Lela"), "k", 1, 0)
    found = {result: meter.total(POSTS, "sms", "twilio", result) for result in ("sent", "transient", "permanent")}
    found |= {result: meter.total(POSTS, "sms", "twilio", result) for result in ("unknown", "configuration")}
    assert found == {"sent": 1, "transient": 1, "permanent": 2, "unknown": 1, "configuration": 1}
    assert meter.total(REFUSALS, "sms", "twilio", "21614", "recipient") == 1
    assert meter.total(REFUSALS, "sms", "twilio", "21606", "configuration") == 1
    assert meter.total(UNDER_WAY) == 0
