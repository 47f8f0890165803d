"""The application on a port of this machine, served as `awizo gateway` serves it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.gateway.app import guarded
from connectors.gateway.opening import open_reception
from connectors.gateway.reception import Reception
from connectors.gateway.serving import listening_at, server_of
from connectors.metering import Counts


@contextmanager
def served(store_url: str, **environment: str) -> Iterator[Reception]:
    """A gateway of a sandbox on this store; its `url` is where it listens."""
    socket = listening_at("127.0.0.1", 0)
    here = f"http://127.0.0.1:{socket.getsockname()[1]}"
    settings = {"AWIZO_STORE": store_url, "AWIZO_SANDBOX": "yes", "AWIZO_GATEWAY_URL": here} | environment
    reception = open_reception(settings, Counts())
    server = server_of(guarded(reception))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, name="gateway")
    thread.start()
    try:
        yield reception  # the socket listens already: who comes before the server is up waits for it
    finally:
        server.should_exit = True
        thread.join()
        reception.store.close()
