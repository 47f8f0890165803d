"""`index.html`: a run on one page that needs nothing but a browser."""

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipelines.report.index import Index, index_of
from pipelines.report.looks import looks_of
from pipelines.report.order_page import OrderPage, order_pages
from pipelines.report.overview import overview
from pipelines.report.person_page import person_pages
from pipelines.report.run import Run, read_run

HERE = Path(__file__).parent

LIMIT = 400
"""Orders, and recipients, that one page holds: a browser opens it at once. `awizo explain` tells of the others."""


def write_report(out: Path) -> None:
    """Write `index.html` beside the files of a run. Raises BadInput if the folder holds none."""
    (out / "index.html").write_text(page_of(read_run(out)), encoding="utf-8")


def page_of(run: Run) -> str:
    """The page as one string of HTML."""
    index = index_of(run)
    return _template().render(**_looks(run, index), **_lists(index), **overview(run, index), **_assets())


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html.j2")


@cache
def _assets() -> dict[str, Any]:
    """Style and script, and the script's hash: the page's policy lets no other script run, wherever it comes from."""
    script = (HERE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    style = (HERE / "page.css").read_text(encoding="utf-8")
    return {"style": Markup(style), "script": Markup(script), "script_hash": Markup(f"sha256-{digest}")}  # noqa: S704


def _looks(run: Run, index: Index) -> dict[str, Any]:
    looks = looks_of(run, index)
    return {"looks": looks, "look_count": sum(len(sort.looks) for sort in looks)}


def _lists(index: Index) -> dict[str, Any]:
    orders, people = order_pages(index), person_pages(index)
    shown_orders = sorted(_first(orders), key=lambda order: (order.shop, order.name))
    shown_people = people[:LIMIT]
    return {
        "orders": shown_orders,
        "order_count": len(orders),
        "people": shown_people,
        "person_count": len(people),
        "places": {order.anchor for order in shown_orders} | {person.anchor for person in shown_people},
        "shops": sorted({order.shop for order in orders}),
    }


def _first(orders: list[OrderPage]) -> list[OrderPage]:
    """Those that fit on a page; the ones to look at go before the others."""
    return sorted(orders, key=lambda order: not order.look)[:LIMIT]
