"""Examining: settings, store, provider accounts, senders and what is stopped, each with what is wrong and what to do.

Nothing is sent and nothing is changed, but that a store which was never opened is made and stamped.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from shutil import disk_usage
from typing import Any, Protocol

from sqlalchemy import func, select

from connectors.accounts import ROUTES, Route, account, realm, routes
from connectors.clock import StoreClock
from connectors.live import settings_of
from connectors.log.store_log import StoreLog
from connectors.opening import keyring_of
from connectors.sendgrid_email import SendGridEmail
from connectors.store.bundles import BundleShelf
from connectors.store.opening import SANDBOX as SANDBOX_REALM
from connectors.store.opening import Store, open_store
from connectors.store.progress import Progress
from connectors.store.schema import ledger
from connectors.store.secrets import hold_secrets
from connectors.store.shared import Shared
from connectors.transport import Ambiguous, Answer, NotSent, Sent, Transport
from connectors.twilio_sms import TwilioSms
from schemas.errors import ConfigurationError, StoreDown
from schemas.settings import SANDBOX, SENDGRID_API_KEY, STORE, TWILIO_ACCOUNT, TWILIO_TOKEN, of_account, read
from schemas.shops import Bundle
from schemas.times import MINUTE, SECOND, Millis, from_millis

STANDS: Millis = 2 * MINUTE
"""How long (machine time) the mark of a live run may stand before it is news: it moves every second, events or not."""

MEGABYTE = 1 << 20
LITTLE_ROOM = 256 * MEGABYTE


class Level(StrEnum):
    """How bad it is."""

    WELL = "ok"
    NOTE = "note"  # works, but someone should know
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, how it stands, what to do."""

    level: Level
    about: str
    words: str
    remedy: str = ""


class Asking(Protocol):
    """The way to a provider; `Transport` is one."""

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Sent:
        """Ask once."""


def examine_settings(environment: Mapping[str, str]) -> list[Finding]:
    """Every setting that sending needs; in a sandbox, whether it answers."""
    if read(SANDBOX, environment):
        return [
            _checked("sandbox", lambda: settings_of(environment)),
            _checked("store", lambda: read(STORE, environment)),
        ]
    checks = {
        "person key": lambda: keyring_of(environment),
        "store": lambda: read(STORE, environment),
        "accounts": lambda: realm(environment),
    }
    found = [_checked(about, check) for about, check in checks.items()]
    for channel in ROUTES:
        found += [_account_checked(route, environment) for route in _routes(channel, environment)]
    return found


def examine_store(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Can it be opened, is it of these accounts, what waits in it, what is stopped."""
    try:
        in_sandbox = bool(read(SANDBOX, environment))
        store = open_store(read(STORE, environment), SANDBOX_REALM if in_sandbox else realm(environment))
    except ConfigurationError as error:
        if error.reason not in {told.words for told in examine_settings(environment)}:
            yield Finding(Level.WRONG, "store", error.reason, error.remedy)
        return
    try:
        yield Finding(Level.WELL, "store", f"open, realm {store.realm}")
        yield from _disk(store)
        yield from _secrets(store, environment)
        yield from _rows(store)
        yield from _live(store)
        yield from _flags(Shared(store))
    except StoreDown as error:
        yield Finding(Level.WRONG, "store", f"does not answer: {error.reason}", "see that the database is up")
    finally:
        store.close()


def examine_accounts(environment: Mapping[str, str], asking: Asking) -> Iterator[Finding]:
    """Does each provider know us, and may we send?"""
    for opened in _connectors(environment):
        if isinstance(opened, TwilioSms):
            yield _twilio_account(opened, asking)
        else:
            yield _sendgrid_scopes(opened, asking)


def examine_senders(environment: Mapping[str, str], asking: Asking, bundles: Iterable[Bundle]) -> Iterator[Finding]:
    """Is each sender of the shops' bundles registered with the first account that could use it?"""
    shops = list(bundles)
    for opened in _connectors(environment):
        if isinstance(opened, TwilioSms):
            names = {(bundle.shop, each.sender) for bundle in shops for each in bundle.sms.values()}
            yield from (_twilio_sender(opened, asking, *name) for name in sorted(names))
        else:
            mails = {(bundle.shop, bundle.email.address) for bundle in shops}
            yield from _sendgrid_senders(opened, asking, sorted(mails))


# --- settings and store


def _checked(about: str, check: Any) -> Finding:
    try:
        check()
    except ConfigurationError as error:
        return Finding(Level.WRONG, about, error.reason, error.remedy)
    return Finding(Level.WELL, about, "set")


def _account_checked(route: Route, environment: Mapping[str, str]) -> Finding:
    transport = Transport(1)
    try:
        return _checked(route.name, lambda: account(route, environment, transport, ""))
    finally:
        transport.close()


def _routes(channel: str, environment: Mapping[str, str]) -> tuple[Route, ...]:
    try:
        return routes(channel, environment)
    except ConfigurationError:
        return ()  # told by "accounts"


def _connectors(environment: Mapping[str, str]) -> Iterator[TwilioSms | SendGridEmail]:
    """The connectors of accounts whose settings are right; their own transport is never used."""
    transport = Transport(1)
    for channel in ROUTES:
        for route in _routes(channel, environment):
            try:
                opened = account(route, environment, transport, "").connector
            except ConfigurationError:
                continue  # told by the settings
            if isinstance(opened, TwilioSms | SendGridEmail):
                yield opened
    transport.close()


def _secrets(store: Store, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Are the person keys those that the store was made with? Told by the settings if they are no keys at all."""
    if store.realm == SANDBOX_REALM:
        return  # its messages are keyed by no person key
    try:
        keyring = keyring_of(environment)
    except ConfigurationError:
        return
    try:
        hold_secrets(store, keyring)
    except ConfigurationError as error:
        yield Finding(Level.WRONG, "person key", error.reason, error.remedy)


def _rows(store: Store) -> Iterator[Finding]:
    query = select(ledger.c.state, func.count().label("number")).where(ledger.c.key == ledger.c.leader)
    with store.transaction() as connection:
        states = Counter({found.state: found.number for found in connection.execute(query.group_by(ledger.c.state))})
    counted = ", ".join(f"{number} {state}" for state, number in sorted(states.items())) or "empty"
    yield Finding(Level.WELL, "ledger", counted)
    if states["parked"]:
        yield Finding(Level.NOTE, "ledger", f"{states['parked']} messages are parked", "awizo redrive parked")


def _live(store: Store) -> Iterator[Finding]:
    """What a live run on this store would find, and how far the last one came."""
    shops = BundleShelf(store).all()
    if not shops:
        yield Finding(Level.NOTE, "bundles", "none is accepted for a live run", "awizo shops apply DIR")
    for shop, accepted in sorted(shops.items()):
        yield Finding(Level.WELL, "bundles", f"{shop}: {', '.join(sorted(accepted))}")
    clock, progress = StoreClock(store), Progress(store)
    mark, moved = progress.mark(), progress.updated()
    if mark is None or moved is None:
        yield Finding(Level.NOTE, "live run", "none has run on this store yet", "awizo run")
        return
    waiting = StoreLog(store, clock.now).count_after(mark)
    words = f"all that was decided up to {from_millis(mark).isoformat(timespec='seconds')} is in the ledger"
    stands = (clock.machine() - moved) // SECOND
    if stands * SECOND <= STANDS:
        yield Finding(Level.WELL, "live run", f"{words}; {waiting} entries of the log came since")
        return
    remedy = "is a run up (awizo run) and past its rebuilding, is it halted (below), is there room, is the database up?"
    yield Finding(Level.WRONG, "live run", f"stands for {stands} s: {words}; {waiting} entries wait", remedy)


def _disk(store: Store) -> Iterator[Finding]:
    """Room for a store that is a file of this machine."""
    file = store.file
    if file is None:
        return
    free = disk_usage(file.parent).free
    words = f"{free // MEGABYTE:,} MB are free where the store is, which has {file.stat().st_size // MEGABYTE:,} MB"
    if free < LITTLE_ROOM:
        yield Finding(Level.WRONG, "disk", words, "make room: what finds none is not sent (the runbook's Disk full)")
    else:
        yield Finding(Level.WELL, "disk", words)


def _flags(shared: Shared) -> Iterator[Finding]:
    for flag in shared.flags():
        if not flag.name.startswith("peak/"):
            yield Finding(Level.WRONG, flag.name, flag.reason, flag.remedy)


# --- providers


def _twilio_account(opened: TwilioSms, asking: Asking) -> Finding:
    names = ", ".join(of_account(setting, opened.name).name for setting in (TWILIO_ACCOUNT, TWILIO_TOKEN))
    answer = _get(asking, f"{_base(opened)}/2010-04-01/Accounts/{opened.account}.json", _basic(opened))
    if isinstance(answer, str):
        return Finding(Level.WRONG, opened.name, answer, "see whether the provider can be reached from here")
    status, said = answer
    if status != 200:
        return Finding(Level.WRONG, opened.name, f"Twilio answers {status}", f"check {names}")
    standing = str(said.get("status", ""))
    if standing != "active":
        return Finding(
            Level.WRONG, opened.name, f"the account is {standing or 'of no status'}", "ask Twilio to open it"
        )
    return Finding(Level.WELL, opened.name, f"account is active{', a trial' if said.get('type') == 'Trial' else ''}")


def _twilio_sender(opened: TwilioSms, asking: Asking, shop: str, sender: str) -> Finding:
    about = f"{opened.name}: sender of {shop}"
    if not sender.startswith("+"):
        words = "alphanumeric: Twilio lists none, a message shows it"
        return Finding(Level.NOTE, about, words, f"awizo send --shop SHOPS/{shop} --channel sms --to YOUR-PHONE")
    url = f"{_base(opened)}/2010-04-01/Accounts/{opened.account}/IncomingPhoneNumbers.json?PhoneNumber=%2B{sender[1:]}"
    answer = _get(asking, url, _basic(opened))
    if isinstance(answer, str):
        return Finding(Level.NOTE, about, answer, "see whether the provider can be reached from here")
    if answer[1].get("incoming_phone_numbers"):
        return Finding(Level.WELL, about, "the number is the account's")
    return Finding(Level.WRONG, about, "the number is not the account's", f"register it, or correct `sms` of {shop}")


def _sendgrid_scopes(opened: SendGridEmail, asking: Asking) -> Finding:
    name = of_account(SENDGRID_API_KEY, opened.name).name
    answer = _get(asking, f"{_base(opened)}/v3/scopes", _bearer(opened))
    if isinstance(answer, str):
        return Finding(Level.WRONG, opened.name, answer, "see whether the provider can be reached from here")
    status, said = answer
    if status != 200:
        return Finding(Level.WRONG, opened.name, f"SendGrid answers {status}", f"check {name}")
    if "mail.send" not in said.get("scopes", ()):
        return Finding(Level.WRONG, opened.name, "the key may not send", f"give {name} the scope mail.send")
    return Finding(Level.WELL, opened.name, "the key may send")


def _sendgrid_senders(opened: SendGridEmail, asking: Asking, mails: list[tuple[str, str]]) -> Iterator[Finding]:
    domains = _get(asking, f"{_base(opened)}/v3/whitelabel/domains?limit=200", _bearer(opened))
    singles = _get(asking, f"{_base(opened)}/v3/verified_senders?limit=200", _bearer(opened))
    for shop, address in mails:
        about = f"{opened.name}: sender of {shop}"
        if isinstance(domains, str) or isinstance(singles, str) or (domains[0], singles[0]) != (200, 200):
            yield Finding(
                Level.NOTE,
                about,
                "the key may not list senders",
                f"awizo send --shop SHOPS/{shop} --channel email --to YOUR-MAILBOX",
            )
        elif _is_verified(address, domains[1], singles[1]):
            yield Finding(Level.WELL, about, "verified")
        else:
            yield Finding(
                Level.WRONG, about, "not verified", f"verify its domain with SendGrid, or correct `email` of {shop}"
            )


def _is_verified(address: str, domains: Mapping[str, Any], singles: Mapping[str, Any]) -> bool:
    host = address.rpartition("@")[2].lower()
    valid = {str(each.get("domain", "")).lower() for each in domains.get("results", ()) if each.get("valid")}
    known = {str(each.get("from_email", "")).lower() for each in singles.get("results", ()) if each.get("verified")}
    return address.lower() in known or any(host == domain or host.endswith(f".{domain}") for domain in valid if domain)


def _base(opened: TwilioSms | SendGridEmail) -> str:
    return opened.line.reach("", 0, 0)[0]


def _basic(opened: TwilioSms) -> dict[str, str]:
    pair = base64.b64encode(f"{opened.account}:{opened.token}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _bearer(opened: SendGridEmail) -> dict[str, str]:
    return {"Authorization": f"Bearer {opened.api_key}"}


def _get(asking: Asking, url: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]] | str:
    """Status and JSON object (a list is its "results"), or why there is no answer."""
    match asking.request("GET", url, headers):
        case Answer(status, _, body):
            try:
                said = json.loads(body)
            except ValueError:
                return status, {}
            return status, said if isinstance(said, dict) else {"results": said}
        case NotSent(reason) | Ambiguous(reason):
            return f"cannot be reached: {reason}"
