"""The transport on real sockets: what surely was not sent is told apart from what nobody knows."""

import inspect
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3.exceptions

from connectors.transport import (
    LONGEST_WAIT,
    NOT_SENT,
    Ambiguous,
    Answer,
    Direct,
    NotSent,
    Transport,
    asked_wait,
    outcome_of,
    written_unless,
)

OK = b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\nX-Message-Id: abc\r\n\r\n0123456789"


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport(connections=2)
    yield opened
    opened.close()


@pytest.fixture
def answering() -> Iterator[Callable[[bytes | None], str]]:
    """Listens, reads one request, writes these bytes and closes; None: never answers."""
    listening: list[socket.socket] = []
    held: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(listener: socket.socket, answer: bytes | None) -> None:
        connection, _ = listener.accept()
        heard = b""
        while not heard.endswith(b"\r\n\r\nx"):  # the whole request: closing with some unread would reset
            heard += connection.recv(65_536)
        if answer is None:
            held.append(connection)
            return
        connection.sendall(answer)
        connection.close()

    def start(answer: bytes | None) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)
        threads.append(threading.Thread(target=serve, args=(listener, answer), daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for thread in threads:
        thread.join(5)
    for each in (*listening, *held):
        each.close()


def test_an_answer_is_an_answer_whatever_it_says(
    transport: Transport, answering: Callable[[bytes | None], str]
) -> None:
    sent = transport.request("POST", answering(OK), {}, b"x")
    assert isinstance(sent, Answer)
    assert (sent.status, sent.headers["x-message-id"], sent.body) == (202, "abc", b"0123456789")


def test_a_refused_connection_was_not_sent(transport: Transport) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        assert transport.request("POST", url, {}, b"x") == NotSent("NewConnectionError")


def test_a_host_that_there_is_none_of_was_not_sent(transport: Transport) -> None:
    assert transport.request("POST", "http://nobody.invalid/", {}, b"x") == NotSent("NameResolutionError")


@pytest.mark.parametrize("answer", [b"", OK[:-3]], ids=["at once", "in the body"])
def test_a_connection_that_ends_without_a_whole_answer_is_in_doubt(
    transport: Transport, answering: Callable[[bytes | None], str], answer: bytes
) -> None:
    assert isinstance(transport.request("POST", answering(answer), {}, b"x"), Ambiguous)


def test_an_answer_that_never_comes_is_in_doubt(answering: Callable[[bytes | None], str]) -> None:
    impatient = Transport(read_seconds=0.05)
    assert impatient.request("POST", answering(None), {}, b"x") == Ambiguous("ReadTimeoutError")
    impatient.close()


@pytest.mark.parametrize("length", range(1, OK.index(b"\r\n\r\n") + 3))
def test_an_answer_that_ends_anywhere_in_its_headers_is_in_doubt(
    transport: Transport, answering: Callable[[bytes | None], str], length: int
) -> None:
    """The library underneath calls it a success, with half of an id."""
    assert isinstance(transport.request("POST", answering(OK[:length]), {}, b"x"), Ambiguous)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7_000),
        ({"retry-after": "999999999999"}, LONGEST_WAIT),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30_000),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, None),
        ({"x-ratelimit-reset": "1795341610", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 10_000),
        (
            {
                "x-ratelimit-reset": "1795341610",
                "x-ratelimit-remaining": "5",
                "date": "Sun, 22 Nov 2026 10:00:00 GMT",
            },
            None,
        ),
        ({"x-ratelimit-reset": "1795341590", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0),
        ({"x-ratelimit-reset": "x", "date": "yesterday"}, None),
    ],
)
def test_what_a_provider_asks_for_is_read_against_its_own_clock(headers: dict[str, str], wait: int | None) -> None:
    assert asked_wait(headers) == wait


def test_a_header_that_cannot_be_written_is_in_doubt_and_not_quoted(transport: Transport) -> None:
    sent = transport.request("POST", "http://127.0.0.1:1/", {"Authorization": "Bearer a secret\nof two lines"}, b"x")
    assert sent == Ambiguous("ValueError")


def test_a_redirect_is_not_followed(transport: Transport, answering: Callable[[bytes | None], str]) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    sent = transport.request("POST", answering(moved), {}, b"x")
    assert isinstance(sent, Answer)
    assert sent.status == 302


def test_a_bad_certificate_was_not_sent() -> None:
    bad = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
    assert isinstance(outcome_of(bad), NotSent)
    assert isinstance(outcome_of(urllib3.exceptions.SSLError(ssl.SSLError("eof"))), Ambiguous)


def test_every_error_of_the_network_is_mapped_and_what_is_new_is_in_doubt() -> None:
    errors = [
        kind
        for _, kind in inspect.getmembers(urllib3.exceptions, inspect.isclass)
        if issubclass(kind, Exception) and not issubclass(kind, Warning)
    ]
    assert len(errors) > 20
    for kind in (*errors, OSError, ConnectionResetError, TimeoutError, HTTPException):
        outcome = outcome_of(kind.__new__(kind))
        assert isinstance(outcome, NotSent if issubclass(kind, NOT_SENT) else Ambiguous)
        assert outcome.reason == kind.__name__


class _Counting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.peers.add(self.client_address)  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_connection_is_kept_while_it_is_used_and_opened_anew_after_it_lay_idle() -> None:
    now = [0.0]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Counting)
    server.peers = set()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    transport = Transport(clock=lambda: now[0])
    url = f"http://127.0.0.1:{server.server_port}/"
    opened = []
    for moment in (0.0, 10.0, 25.0, 50.0):
        now[0] = moment
        assert isinstance(transport.request("POST", url, {}, b"x"), Answer)
        opened.append(len(server.peers))  # type: ignore[attr-defined]
    transport.close()
    server.shutdown()
    server.server_close()
    thread.join()
    assert opened == [1, 1, 1, 2]


def test_what_is_late_when_it_is_connected_is_not_written(
    transport: Transport, answering: Callable[[bytes | None], str]
) -> None:
    moments = iter([False, True])
    url = answering(OK)
    with written_unless(lambda: next(moments)):
        assert isinstance(transport.request("POST", url, {}, b"x"), Answer)
        assert transport.request("POST", url, {}, b"x") == NotSent("TooLate")
    assert isinstance(transport.request("POST", answering(OK), {}, b"x"), Answer)


def test_a_real_provider_is_told_nothing_of_message_time() -> None:
    assert Direct("https://api.example").reach("k", 1, 5) == ("https://api.example", {})
