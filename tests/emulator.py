"""Google's own emulator of Pub/Sub as a process of the tests, which may be killed and started again."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from connectors.log.pubsub import EMULATOR, Place, PubSub
from schemas.streams import LOG, RESULTS

NEEDED = "AWIZO_TESTS_NEED_EMULATOR"
"""Set where a missing emulator is an error, not a reason to skip."""

JARS = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*.jar"
SDKS = ("/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", "/opt/google-cloud-sdk", "~/google-cloud-sdk")


class Emulator:
    """An emulator at a free port. It keeps everything in memory."""

    def __init__(self, java: str, jar: Path) -> None:
        self._command = [java, "-Xmx192m", "-XX:+UseSerialGC", "-jar", str(jar), "--host=127.0.0.1"]
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        """What leads Google's client here."""
        return {EMULATOR: f"127.0.0.1:{self.port}"}

    def start(self) -> None:
        """Start it, empty."""
        command = [*self._command, f"--port={self.port}"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the emulator does not start")

    def kill(self) -> None:
        """It goes away, with all that it held."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def found() -> tuple[str, Path] | str:
    """Java and the emulator's jar, or what is missing."""
    java = shutil.which("java")
    if java is None:
        return "java is not here, so there is no Pub/Sub emulator"
    gcloud = shutil.which("gcloud")
    roots = ([str(Path(gcloud).resolve().parents[1])] if gcloud else []) + list(SDKS)
    jars = [jar for root in roots for jar in sorted(Path(root).expanduser().glob(JARS))]
    return (java, jars[-1]) if jars else "the Pub/Sub emulator is not here: gcloud components install pubsub-emulator"


def made(place: Place, ack_seconds: int = 10) -> PubSub:
    """A place with all its topics and subscriptions. What a killed reader had comes again after `ack_seconds`."""
    pubsub = PubSub(place)
    for stream in (*LOG, *RESULTS):
        pubsub.make_topic(stream)
    for stream in LOG:
        pubsub.make_subscription(stream, ack_seconds)
    return pubsub
