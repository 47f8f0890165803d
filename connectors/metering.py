"""Metering: where the connectors' numbers go: nowhere, into memory, or to what a deployment brings."""

import threading
from collections import defaultdict
from typing import Protocol

from schemas.metrics import Metric

Labels = tuple[str, ...]


class Meter(Protocol):
    """Takes numbers. Safe to share between threads; never raises for want of a listener."""

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """So many more. Labels in the order of their declaration."""

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """One more value."""

    def show(self, metric: Metric, *labels: str, value: float) -> None:
        """This is how it stands now."""


class NoMeter:
    """Hears nothing."""

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Nothing."""

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """Nothing."""

    def show(self, metric: Metric, *labels: str, value: float) -> None:
        """Nothing."""


class Counts:
    """Keeps numbers in memory. ValueError for labels that are not as declared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._values: defaultdict[tuple[str, Labels], list[float]] = defaultdict(list)

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """So many more."""
        with self._lock:
            self._totals[_place(metric, labels)] += by

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """One more value."""
        with self._lock:
            self._values[_place(metric, labels)].append(value)

    def show(self, metric: Metric, *labels: str, value: float) -> None:
        """This is how it stands now."""
        with self._lock:
            self._totals[_place(metric, labels)] = value

    def total(self, metric: Metric, *labels: str) -> float:
        """The number as it stands; over all labels that begin so."""
        with self._lock:
            return sum(v for (n, ls), v in self._totals.items() if n == metric.name and ls[: len(labels)] == labels)

    def values(self, metric: Metric, *labels: str) -> list[float]:
        """What was observed, in order."""
        with self._lock:
            return list(self._values.get(_place(metric, labels), ()))


def _place(metric: Metric, labels: Labels) -> tuple[str, Labels]:
    if len(labels) != len(metric.labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}")
    return metric.name, labels
