"""Writes the demo's log: `python infra/demo/build.py` rewrites `events.jsonl` beside this file, always the same."""

import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from infra.demo import stories_lela, stories_orders, stories_sowa, stories_wishes  # noqa: E402 - after the path
from infra.demo.broken import broken  # noqa: E402
from infra.demo.cast import Shop  # noqa: E402
from infra.demo.log import Log, beats  # noqa: E402
from infra.demo.payloads import KYIV, WARSAW  # noqa: E402

FIRST, LAST = "11.10 00:00", "30.10 21:00"
SILENT_DPD = (("16.10 18:00", "19.10 08:00"),)
RUN, BACKWARDS, TWICE = 10, 7, 25


def text() -> str:
    """The log as it lies in the file: a little shuffled, and some of it twice, as logs are."""
    return "".join(f"{line}\n" for line in muddled(log().lines()))


def log() -> Log:
    """Both shops' two weeks."""
    written = Log()
    sowa, lela = Shop(written, "sowa", WARSAW), Shop(written, "lela", KYIV)
    configure(sowa, lela)
    feeds(sowa, lela)
    for story in (*stories_sowa.STORIES, *stories_wishes.STORIES, *stories_orders.STORIES, broken):
        story(sowa)
    for told in stories_lela.STORIES:
        told(lela)
    return written


def configure(sowa: Shop, lela: Shop) -> None:
    """Bundles in force; Sowa changes a text in the middle."""
    sowa.tell("shop.configured", "11.10 12:00", {"version": "1"})
    lela.tell("shop.configured", "11.10 12:00", {"version": "1"})
    sowa.tell("shop.configured", "19.10 00:00", {"version": "2"})


def feeds(sowa: Shop, lela: Shop) -> None:
    """Every feed is heard each three hours, but DPD's in the silent weekend."""
    for courier in ("inpost", "dhl", "nova_poshta", "sowa_rower"):
        beats(sowa, courier, FIRST, LAST, 3)
    beats(sowa, "dpd_pl", FIRST, LAST, 3, SILENT_DPD)
    for courier in ("nova_poshta", "dhl"):
        beats(lela, courier, FIRST, LAST, 3)


def muddled(lines: list[str]) -> Iterator[str]:
    """Every seventh run of ten lines backwards, and every 25th line of the whole again at the end."""
    for start in range(0, len(lines), RUN):
        run = lines[start : start + RUN]
        yield from reversed(run) if start // RUN % BACKWARDS == 0 else run
    yield from lines[::TWICE]


if __name__ == "__main__":
    (HERE / "events.jsonl").write_text(text(), encoding="utf-8")
