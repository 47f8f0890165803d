"""Flow: one channel's accounts as one connector. In order, by country and by share; what is ill or misconfigured gets
less or nothing, and the next account takes over what surely was not sent.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b

from connectors.arrivals import Arrivals
from connectors.breakers import Breakers
from connectors.connector import Connector, Sent
from connectors.metering import Meter, NoMeter
from connectors.pacing import NoPace, Pace
from pipelines.rules.shares import SLOW, Health, Seen, after, order, shares, told, weight
from schemas.errors import ConfigurationError, Permanent, SendError, StoreDown, Transient, Unknown
from schemas.messages import Message
from schemas.metrics import LIMITED, POST_SECONDS, POSTS, REFUSALS, RETRIES, SHARE, UNDER_WAY
from schemas.times import Millis

NO_ACCOUNT = "no_account_for_the_country"

NEXT_WITHIN = 15.0
"""Seconds after which no further account is tried within one claim: its lease was measured for one post."""


@dataclass(frozen=True)
class Account:
    """A provider account of a channel. `countries`: only these; empty: all. `provider` names it in receipts."""

    name: str
    connector: Connector
    countries: frozenset[str] = frozenset()

    def serves(self, country: str) -> bool:
        """May it be asked for this country?"""
        return not self.countries or country in self.countries

    @property
    def provider(self) -> str:
        """`twilio` of `twilio_2`."""
        return self.name.partition("_")[0]


@dataclass(frozen=True)
class Flow:
    """A connector over several. `realm` is the store's; `seconds` measures how long an answer takes."""

    channel: str
    realm: str
    accounts: tuple[Account, ...]
    breakers: Breakers
    pace: Pace | NoPace = field(default_factory=NoPace)
    meter: Meter = field(default_factory=NoMeter)
    arrivals: Arrivals | None = None
    seconds: Callable[[], float] = time.monotonic
    _health: "dict[str, Health]" = field(default_factory=dict, init=False, repr=False)
    _under_way: "dict[str, int]" = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def send(self, message: Message, key: str, attempt: int, message_time: Millis) -> Sent:
        """Send by the first account that takes it. See `Connector.send` for what it raises; an Unknown names the
        account that may have it."""
        begun = self.seconds()
        problem: SendError | ConfigurationError | None = None
        for account in self._order(message, key, attempt):
            if problem is not None:
                if self.seconds() - begun > NEXT_WITHIN:
                    break
                self.meter.count(RETRIES)
            try:
                return self._by(account, message, key, attempt, message_time)
            except (Transient, ConfigurationError) as error:
                problem = _milder(problem, error)
        raise problem or ConfigurationError(NO_ACCOUNT, "name an account for it in AWIZO_SMS_ROUTES", "country")

    def closed(self) -> str:
        """Why no message at all can go by this channel; "" if one can, or a try is due."""
        standing = [self.breakers.standing(account.name) for account in self.accounts]
        return standing[0] if standing and all(standing) else ""

    def parts(self) -> dict[str, float]:
        """Account -> its share now."""
        return dict(zip((account.name for account in self.accounts), self._parts(self.accounts), strict=True))

    # --- which account

    def _order(self, message: Message, key: str, attempt: int) -> Iterator[Account]:
        """The accounts that serve the country, the one by share first. The same attempt has the same point."""
        serving = [account for account in self.accounts if account.serves(message.country)]
        point = int.from_bytes(blake2b(f"{key}{attempt}".encode(), digest_size=4).digest()) / (1 << 32)
        places = order(self._parts(serving), point) if len(serving) > 1 else range(len(serving))
        return (serving[place] for place in places)

    def _parts(self, accounts: Sequence[Account]) -> tuple[float, ...]:
        now = self._now()
        return shares([weight(self._standing(account, now), now) for account in accounts])

    def _standing(self, account: Account, now: Millis) -> Health:
        """What this worker saw of an account, and what all workers' receipts say of its provider."""
        health = self._health.get(account.name, Health())
        return health if self.arrivals is None else told(health, now, *self.arrivals.of(account.provider))

    def _now(self) -> Millis:
        return int(self.seconds() * 1_000)

    # --- one account

    def _by(self, account: Account, message: Message, key: str, attempt: int, message_time: Millis) -> Sent:
        """One post, unless a breaker is open; seen by breakers, shares and meter."""
        names = _breakers(account, message)
        for name in names.values():
            if reason := self.breakers.reason(name):
                raise ConfigurationError(reason, "run `awizo doctor`", "breaker")
        try:
            sent = self._timed(account, lambda: account.connector.send(message, key, attempt, message_time))
        except ConfigurationError as error:
            self.breakers.open(names.get(error.scope, account.name), error)
            self._count(account, error, error.reason, "configuration")
            raise
        except Transient as error:
            self._count(account, error)
            self._slow_down(account, error)
            raise
        except Permanent as error:
            self._count(account, error, error.reason, error.whom)
            raise
        except Unknown as error:
            self._count(account, error)
            raise Unknown(error.reason, account.name) from None
        for name in names.values():
            self.breakers.close(name)
        self.meter.count(POSTS, self.channel, account.name, "sent")
        return sent

    def _slow_down(self, account: Account, error: Transient) -> None:
        """If the provider asks for a pause, all workers keep it; but a channel of several accounts has the others."""
        if error.retry_after is None:
            return
        self.meter.count(LIMITED, self.channel, account.name)
        if len(self.accounts) == 1:
            with suppress(StoreDown):  # then the others will be told so themselves
                self.pace.hold_back(self.channel, error.retry_after)

    def _count(self, account: Account, error: Exception, code: str = "", whom: str = "") -> None:
        """A post that was not sent, by the name of its error, and its code if it was refused."""
        result = "configuration" if isinstance(error, ConfigurationError) else type(error).__name__.lower()
        self.meter.count(POSTS, self.channel, account.name, result)
        if whom:
            self.meter.count(REFUSALS, self.channel, account.name, code, whom)

    def _timed(self, account: Account, post: Callable[[], Sent]) -> Sent:
        """The post, its time and what it says of the account's health: a refusal is an answer too."""
        begun = self.seconds()
        self._add_under_way(account, 1)
        failed = False
        try:
            return post()
        except (Transient, Unknown):
            failed = True
            raise
        finally:
            took = self.seconds() - begun
            self._add_under_way(account, -1)
            self.meter.observe(POST_SECONDS, self.channel, account.name, value=took)
            self._saw(account, Seen.FAILED if failed else Seen.SLOW if took * 1_000 > SLOW else Seen.ANSWERED)

    def _saw(self, account: Account, seen: Seen) -> None:
        if len(self.accounts) < 2:
            return  # nothing to choose from
        with self._lock:
            self._health[account.name] = after(self._health.get(account.name, Health()), self._now(), seen)
        for name, part in self.parts().items():
            self.meter.show(SHARE, self.channel, name, value=part)

    def _add_under_way(self, account: Account, number: int) -> None:
        with self._lock:
            now = self._under_way[account.name] = self._under_way.get(account.name, 0) + number
        self.meter.show(UNDER_WAY, self.channel, account.name, value=now)


def _breakers(account: Account, message: Message) -> dict[str, str]:
    """Scope -> the breaker's name, for this message by this account."""
    return {
        "": account.name,
        "sender": f"{account.name}/{message.shop}/{message.sender}",
        "country": f"{account.name}/{message.country}",
    }


def _milder(
    one: SendError | ConfigurationError | None, other: SendError | ConfigurationError
) -> SendError | ConfigurationError:
    """Of two problems the one that passes sooner: what is transient at one account need not wait for a human."""
    return one if isinstance(one, Transient) else other
