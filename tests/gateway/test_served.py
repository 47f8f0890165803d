"""The gateway as a process of its own: sockets, slow senders, and a kill under load."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from connectors.gateway import serving as served_by
from connectors.log.store_log import StoreLog
from connectors.store.opening import SANDBOX, open_store
from schemas.envelope import content_id
from tests.gateway.genuine import WORD, digest
from tests.gateway.serving import served


def body_of(number: int) -> bytes:
    return json.dumps({"id": f"evt_{number}", "result": {"tracking_code": f"EZ{number:09d}"}}).encode()


def post(pool: urllib3.HTTPConnectionPool, body: bytes) -> int:
    headers = {"X-Hmac-Signature": f"hmac-sha256-hex={digest(body).hex()}", "Content-Type": "application/json"}
    return int(pool.request("POST", "/couriers/easypost", body=body, headers=headers, retries=False).status)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A real `awizo gateway` on a store in a file, and where it listens."""
    environment = os.environ | {
        "AWIZO_STORE": f"sqlite:///{tmp_path}/awizo.db",
        "AWIZO_COURIER_WEBHOOKS": "easypost",
        "AWIZO_EASYPOST_SECRETS": WORD,
    }
    started = "from pipelines.cli import main; main()"
    command = [sys.executable, "-c", started, "gateway", "--sandbox", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    found = re.search(r"listening on (http://\S+)", process.stderr.readline())
    assert found, process.stderr.read()
    yield process, found.group(1)
    process.kill()
    process.wait()
    process.stderr.close()


@pytest.mark.parametrize("after", [1, 150, 600])
def test_a_kill_under_load_loses_nothing_that_was_acknowledged(
    gateway: tuple[subprocess.Popen[str], str], tmp_path: Path, after: int
) -> None:
    process, url = gateway
    parts = urlsplit(url)
    acknowledged: list[str] = []
    enough = threading.Event()

    def load(worker: int) -> None:
        with urllib3.HTTPConnectionPool(str(parts.hostname), parts.port, maxsize=1) as pool:
            for number in range(worker, 1_000_000, 8):
                body = body_of(number)
                try:
                    status = post(pool, body)
                except urllib3.exceptions.HTTPError:
                    return
                assert status == 200
                acknowledged.append(content_id(body))
                if len(acknowledged) >= after:
                    enough.set()

    threads = [threading.Thread(target=load, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    process.send_signal(signal.SIGKILL)
    for thread in threads:
        thread.join()
    store = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)
    logged = {json.loads(entry.event)["id"] for entry in StoreLog(store, lambda: 0).read(0, 1_000_000)}
    store.close()
    assert len(acknowledged) >= after
    assert set(acknowledged) <= logged


def test_a_term_lets_it_finish_and_stop(gateway: tuple[subprocess.Popen[str], str]) -> None:
    process, url = gateway
    assert urllib3.request("GET", f"{url}/readyz").status == 200
    process.terminate()
    assert process.wait(30) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("said", [b"", b"POST /couriers/easypost HTTP/1.1\r\nHost: x\r\nX-Slow"])
def test_headers_that_do_not_come_are_not_waited_for(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_by, "HEADER_SECONDS", 0.05)
    with served(f"sqlite:///{tmp_path}/awizo.db") as reception:
        parts = urlsplit(reception.url)
        with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=30) as slow:
            slow.sendall(said)
            assert slow.recv(1) == b""


def test_headers_of_an_absurd_size_end_the_connection(tmp_path: Path) -> None:
    with served(f"sqlite:///{tmp_path}/awizo.db") as reception:
        parts = urlsplit(reception.url)
        with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=30) as large:
            large.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * (served_by.HEADER_BYTES + 1))
            with suppress(ConnectionResetError):  # it may close with bytes of ours unread
                assert large.recv(1) == b""


def test_one_connection_serves_many_requests_and_a_pipelined_one(tmp_path: Path) -> None:
    with served(f"sqlite:///{tmp_path}/awizo.db") as reception:
        parts = urlsplit(reception.url)
        with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=30) as one:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
            said = b""
            while said.count(b'{"status":"ok"}') < 3:
                said += one.recv(65_536)
            assert b"server:" not in said.lower()
