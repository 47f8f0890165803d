"""Opening what a live run works with on a worker in Google Cloud, whose environment holds no secret at first."""

import os
import threading
from dataclasses import dataclass

from connectors.live import Live, LiveSettings
from connectors.secrets import WorkerSettings
from schemas.errors import ConfigurationError

_lock = threading.Lock()
_filled: set[WorkerSettings] = set()


@dataclass(frozen=True)
class CloudSettings(LiveSettings):
    """As LiveSettings, but the worker reads its secrets first, once a process."""

    worker: WorkerSettings | None = None

    def __call__(self) -> Live:
        """What is open in this process. Raises ConfigurationError that names the setting which is missing or wrong."""
        if self.worker is None:
            raise ConfigurationError("nothing says where a worker's secrets are")
        with _lock:
            if self.worker not in _filled:
                self.worker.fill(os.environ)
                _filled.add(self.worker)
        return super().__call__()
