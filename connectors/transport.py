"""The one door to providers: pooled connections, explicit timeouts, no retries, no redirects.

A post ends in one of three ways, and the difference is the point: `NotSent` (surely not taken: try again), `Answer`
(the provider spoke) or `Ambiguous` (nobody knows: look it up, never send again blindly).
"""

import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, Protocol

import urllib3
from urllib3 import exceptions as wrong
from urllib3.connection import HTTPConnection
from urllib3.util.ssl_match_hostname import CertificateError

from schemas.times import HOUR, SECOND, Millis

CONNECT_SECONDS = 5.0
READ_SECONDS = 35.0  # providers give up after some 26 s: waiting longer than they do makes fewer doubts
IDLE_SECONDS = 20.0  # a server closes idle connections; a post into a closing one would end in doubt
LONGEST_WAIT: Millis = HOUR  # whatever a provider asks for: a wrong header must not silence a channel for years


@dataclass(frozen=True)
class NotSent:
    """The request surely did not reach the provider. `reason` is the name of the error, never its text."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """What the provider said. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Ambiguous:
    """The request may or may not have been taken."""

    reason: str


Sent = NotSent | Answer | Ambiguous


class TooLate(wrong.HTTPError):
    """Whoever asked may not write any more: finding the host, connecting or anything before it took too long."""


NOT_SENT: tuple[type[Exception], ...] = (
    TooLate,
    wrong.NewConnectionError,  # refused, unreachable
    wrong.NameResolutionError,
    wrong.ConnectTimeoutError,
    wrong.EmptyPoolError,  # waited for a free connection in vain
    wrong.ProxyError,
    wrong.LocationValueError,  # no host to speak to
)
"""Raised before a byte of the request has left. Every other error is ambiguous, also one that is new."""


_BAD_CERTIFICATE = (ssl.SSLCertVerificationError, CertificateError)

_is_late: ContextVar[Callable[[], bool]] = ContextVar("is_late", default=lambda: False)


@contextmanager
def written_unless(is_late: Callable[[], bool]) -> Iterator[None]:
    """Within, a request is written only if it is not late at that very moment, however long it took to get there."""
    before = _is_late.set(is_late)
    try:
        yield
    finally:
        _is_late.reset(before)


class Line(Protocol):
    """Where a provider is reached."""

    def reach(self, key: str, attempt: int, message_time: Millis) -> tuple[str, dict[str, str]]:
        """The base URL for this attempt, and headers to add. Real providers are told nothing of message time."""


@dataclass(frozen=True)
class Direct:
    """A provider at its own address."""

    url: str

    def reach(self, key: str, attempt: int, message_time: Millis) -> tuple[str, dict[str, str]]:  # noqa: ARG002
        """Always the same address."""
        return self.url, {}


class Transport:
    """One process's connections to its providers; safe to share between threads. Close it when done.

    `connections`: how many requests to one provider may be under way at once; who comes then waits for a free one.
    """

    def __init__(
        self,
        connections: int = 32,
        read_seconds: float = READ_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        for chatty in ("urllib3.connectionpool", "urllib3.connection"):
            logging.getLogger(chatty).setLevel(logging.ERROR)  # they write URLs, and a look-up's URL holds a number
        self.connections = connections
        timeout = urllib3.Timeout(connect=connect_seconds, read=read_seconds)
        self._pools = urllib3.PoolManager(
            num_pools=8,
            maxsize=connections,
            block=True,
            retries=False,
            timeout=timeout,
            ssl_context=ssl.create_default_context(),
        )
        self._pools.pool_classes_by_scheme = {"http": _recycling(urllib3.HTTPConnectionPool, clock)}
        self._pools.pool_classes_by_scheme["https"] = _recycling(urllib3.HTTPSConnectionPool, clock)
        self._patience = connect_seconds  # for a free connection: a claim's lease is measured for one post

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Sent:
        """Ask once. Bounded in time; raises nothing of the network's."""
        try:
            answer = self._pools.request(
                method,
                url,
                body=body,
                headers=dict(headers),
                redirect=False,
                retries=False,
                pool_timeout=self._patience,
            )
        except (wrong.HTTPError, HTTPException, OSError, ValueError) as error:  # ValueError: a header that is none
            return outcome_of(error)
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, names, answer.data)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._pools.clear()


def outcome_of(error: Exception) -> NotSent | Ambiguous:
    """What an error of the network means. Its text is not kept: it may hold an address."""
    name = type(error).__name__
    if isinstance(error, NOT_SENT) or _is_bad_certificate(error):
        return NotSent(name)
    return Ambiguous(name)


def _is_bad_certificate(error: Exception) -> bool:
    """A certificate is looked at before anything is sent; other TLS errors may come later."""
    causes = (*error.args, error.__cause__)
    return isinstance(error, wrong.SSLError) and any(isinstance(cause, _BAD_CERTIFICATE) for cause in causes)


def asked_wait(headers: Mapping[str, str]) -> Millis | None:
    """How long a provider asks us to wait: Retry-After (seconds, or a date), else X-RateLimit-Reset (seconds since
    1970) when nothing remains. Dates are read against the answer's own Date: no clock of ours has to be right."""
    told = headers.get("retry-after", "").strip()
    if told.isdecimal():
        return min(int(told[:9]) * SECOND, LONGEST_WAIT)
    now = _moment(headers.get("date", ""))
    until = _moment(told)
    reset = headers.get("x-ratelimit-reset", "").strip()
    if until is None and reset.isdecimal() and headers.get("x-ratelimit-remaining", "0").strip() == "0":
        until = int(reset[:12]) * SECOND
    return None if now is None or until is None else min(max(until - now, 0), LONGEST_WAIT)


def _moment(date: str) -> Millis | None:
    try:
        return int(parsedate_to_datetime(date).timestamp()) * SECOND
    except (ValueError, TypeError, OverflowError):
        return None


class _Watched:
    """A socket's file that remembers the last line read from it."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.last = b"?"

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.file.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class _WholeHeaders(HTTPResponse):
    """An answer whose headers ended. The library underneath takes the end of the stream for their end, and would hand
    on a value that was cut, such as the first half of a message's id."""

    def begin(self) -> None:
        watched = _Watched(self.fp)
        self.fp: Any = watched
        super().begin()
        if self.fp is watched:
            self.fp = watched.file
        if not watched.last:
            self.close()
            raise IncompleteRead(b"")


def _recycling(pool: type[Any], clock: Callable[[], float]) -> type[Any]:
    """The pool class, but a connection that lay idle too long is opened anew, an answer has whole headers, and nothing
    is written late."""

    class Connection(pool.ConnectionCls):  # type: ignore[misc, name-defined]
        response_class = _WholeHeaders

        def endheaders(self, *arguments: Any, **named: Any) -> None:
            if self.sock is None:
                self.connect()
            if _is_late.get()():
                raise TooLate
            super().endheaders(*arguments, **named)  # the first that is written

    class Recycling(pool):  # type: ignore[misc]
        ConnectionCls = Connection

        def _put_conn(self, connection: HTTPConnection | None) -> None:
            if connection is not None:
                connection.idle_since = clock()  # type: ignore[attr-defined]
            super()._put_conn(connection)

        def _get_conn(self, timeout: float | None = None) -> Any:
            connection = super()._get_conn(timeout)
            if clock() - getattr(connection, "idle_since", clock()) > IDLE_SECONDS:
                connection.close()
            return connection

    return Recycling
