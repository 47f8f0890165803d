"""`awizo sandbox`: a process of its own, whose outbox outlives it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from twilio.rest import Client

from connectors.sandbox.address import ACCOUNT, TOKEN
from connectors.sandbox.book import Accepted
from connectors.sandbox.journal import open_book
from pipelines.cli import awizo
from schemas.errors import BadInput

PHONE = "+48500000123"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(awizo, ["sandbox", *arguments], catch_exceptions=False)


def test_it_serves_until_it_is_stopped_and_can_be_asked_later(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.jsonl"
    call = [sys.executable, "-c", "from pipelines.cli import main; main()", "sandbox"]
    call += ["--port", "0", "--outbox", str(outbox)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "AWIZO_TWILIO_TOKEN": "of a real account"}
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[5].rstrip(".")
            client = Client(ACCOUNT, TOKEN)
            client.api.base_url = url
            assert client.messages.create(to=PHONE, from_="Sowa", body="paczka w drodze").status == "queued"
            client.http_client.session.close()
        finally:
            process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
        assert process.wait(20) == 0
    assert f"Open {url}/" in said
    assert TOKEN in said
    assert "of a real account" not in said
    told = invoke("--outbox", str(outbox), "--ask", PHONE).output
    assert f"{PHONE} really got 1" in told
    assert "delivered, from Sowa" in told
    assert "paczka w drodze" in told


def test_who_got_nothing_is_said_so(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.jsonl"
    open_book(outbox).take(Accepted("sms", "SM1", PHONE, "Sowa", "x", "k", 1_000))
    with pytest.raises(BadInput, match="nothing was ever sent"):
        invoke("--outbox", str(outbox), "--ask", "+48500000999")


def test_a_port_that_is_taken_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInput, match="choose another port"):
            invoke("--port", str(taken.getsockname()[1]), "--outbox", str(tmp_path / "o"))


def test_a_zone_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="IANA"):
        invoke("--zone", "Warsaw", "--outbox", str(tmp_path / "o"))
