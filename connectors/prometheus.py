"""Numbers as Prometheus reads them."""

import threading
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, start_http_server

from schemas.metrics import Metric, Sort

_KINDS = {Sort.COUNTER: Counter, Sort.GAUGE: Gauge, Sort.HISTOGRAM: Histogram}


class PrometheusMeter:
    """A `Meter` whose numbers a Prometheus server fetches. Safe to share between threads."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # when one was made says nothing to an operator
        self.registry = CollectorRegistry()
        self._known: dict[str, Any] = {}
        self._lock = threading.Lock()

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """So many more."""
        self._of(metric, labels).inc(by)

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """One more value."""
        self._of(metric, labels).observe(value)

    def show(self, metric: Metric, *labels: str, value: float) -> None:
        """This is how it stands now."""
        self._of(metric, labels).set(value)

    def serve(self, port: int, host: str) -> int:
        """Answer on a port (0: a free one) from now on; the port."""
        server, _ = start_http_server(port, host, self.registry)
        return int(server.server_port)

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> Any:
        with self._lock:
            known = self._known.get(metric.name)
            if known is None:
                words = f"{metric.meaning} ({metric.unit})"
                known = _KINDS[metric.sort](metric.name, words, metric.labels, registry=self.registry)
                self._known[metric.name] = known
        return known.labels(*labels) if metric.labels else known


@cache
def process_meter() -> PrometheusMeter:
    """The one of this process: all that works in it counts there."""
    return PrometheusMeter()
