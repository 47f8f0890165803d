"""Breakers: a channel that cannot work because of its configuration is closed; its messages wait, nothing is lost."""

import logging
import threading

from schemas.errors import ConfigurationError

_log = logging.getLogger(__name__)


class Breakers:
    """Which channels are closed, shared by the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed: dict[str, str] = {}

    def close(self, channel: str, error: ConfigurationError) -> None:
        """Send nothing more on this channel; say so once."""
        with self._lock:
            is_new = channel not in self._closed
            self._closed[channel] = error.reason
        if is_new:
            _log.error("channel %s is closed: %s; its messages wait", channel, error)

    def reason(self, channel: str) -> str:
        """Why the channel is closed; "" if it is open."""
        return self._closed.get(channel, "")

    def reset(self, channel: str) -> None:
        """Open it again."""
        with self._lock:
            self._closed.pop(channel, None)
