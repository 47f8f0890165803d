"""A run's summary as people read it on a terminal and in a log."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from pipelines.report.summary import Summary

Row = tuple[str, str]


def summary_rows(summary: "Summary") -> Iterator[Row]:
    """(what, how many) of all that is worth a line."""
    yield "orders", f"{summary.orders:,}"
    yield "parcels", f"{summary.parcels:,}"
    yield "scans", f"{summary.scans:,}"
    yield "messages", f"{summary.messages:,}: {_listed(summary.messages_by_channel)}"
    yield "by language", _listed(summary.messages_by_language)
    if summary.other_language:
        yield "not in theirs", _listed(summary.other_language)
    yield "decisions", f"{summary.decisions:,}: {_listed(summary.verdicts)}"
    yield "outcomes", _listed(summary.outcomes)
    yield "SMS cost", _listed(summary.cost_by_currency)
    yield "held at the end", f"{len(summary.held):,}"
    yield "unknown codes", f"{len(summary.unknown_codes):,}"
    yield "dead letters", f"{sum(summary.dead_letters.values()):,}"


def _listed(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def summary_lines(summary: "Summary") -> list[str]:
    """Plain lines for a log."""
    return [f"{what:16} {words}" for what, words in summary_rows(summary)]


def summary_table(summary: "Summary") -> "Table":
    """The same as a table."""
    from rich.table import Table

    table = Table(show_header=False, title="Replayed")
    for what, words in summary_rows(summary):
        table.add_row(what, words)
    return table
