"""A customer clicks in the sandbox: the link carries the shop's host, and the gateway of this machine answers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import pytest

from connectors.clock import Clock, StoreClock
from connectors.gateway.reception import Reception
from connectors.log.store_log import StoreLog
from connectors.opening import SandboxDelivery
from connectors.sandbox.server import Sandbox, Ways
from connectors.shops import load_bundle
from connectors.store.bundles import BundleShelf
from connectors.store.links import Links
from connectors.store.preferences import Preferences
from connectors.store.records import Records
from pipelines.rules.wishes import pairs_of
from schemas.messages import Message, Slot
from schemas.orders import OrderRecord, OrderView, Role
from schemas.times import DAY
from templates.links import PREFERENCES_SCOPE, link_code, links_of, order_scope, page, unsubscribe_scope, way_out
from tests.gateway.serving import served

NOW = 1_791_800_000_000  # 12 October 2026, 12:13 in Warsaw
PHONE, MAILBOX = "+48500000123", "jan@poczta.example"
SHOP = Path(__file__).parents[2] / "infra" / "demo" / "shops" / "sowa" / "2"
CHROMIUM = Path("/usr/bin/chromium")


class World(NamedTuple):
    """A gateway, and a sandbox whose page leads to it."""

    sandbox: Sandbox
    reception: Reception
    codes: dict[str, str]

    def ask(self, path: str, **form: str) -> tuple[int, str]:
        """What the sandbox's page answers."""
        body = urlencode(form).encode() if form else None
        try:
            with urlopen(self.sandbox.address.url + path, body) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


def written(channel: str, key: bytes) -> Message:
    """A message with the links that its words hold."""
    codes = {scope: link_code(key, "sowa", "c1", scope) for scope in SCOPES}
    shown, out = (page("sowa.example", codes[order_scope("o1")]), way_out("sowa.example", codes[SCOPES[2]]))
    is_mail = channel == "email"
    return Message(
        shop="sowa", bundle="2", recipient="c1", order="o1", kind="shipped", cls="service", priority=3, locale="pl",
        slots=(Slot("dpd_pl/1", "shipped", "e1"),), generation=0, at=NOW, valid_until=NOW + DAY,
        intervals=((NOW, NOW + DAY),), channel=channel, to=MAILBOX if is_mail else PHONE, country="PL",
        sender="sowa@sowa.example" if is_mail else "SklepSowa", text=f"Sowa: paczka w drodze. {shown}",
        subject="W drodze" if is_mail else "", html=f'<p><a href="{shown}">Gdzie jest?</a></p>' if is_mail else "",
        unsubscribe=out if is_mail else "", segments=1,
    )  # fmt: skip


SCOPES = (order_scope("o1"), PREFERENCES_SCOPE, unsubscribe_scope("service"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path}/awizo.db"
    with (
        served(url) as reception,
        Sandbox.start(ways=Ways(clock=lambda: NOW + DAY, gateway=reception.url)) as sandbox,
    ):
        opened = SandboxDelivery(url, sandbox.address)()
        StoreClock(opened.store).set(Clock(NOW, 0, 0))
        BundleShelf(opened.store).put(load_bundle(SHOP), NOW)
        view = OrderView("o1", number="10501", version=1, placed_at=NOW, lifecycle="packed", expected=0)
        Records(opened.store).write([OrderRecord("sowa", NOW, 0, view, (Role("c1", "buyer", "pl"),))])
        key = reception.keys.links
        for channel in ("sms", "email"):
            message = written(channel, key)
            Links(opened.store).keep(links_of(message, key))
            opened.delivery.hand_over(message, StoreClock(opened.store).at())
        yield World(sandbox, reception, {scope: link_code(key, "sowa", "c1", scope) for scope in SCOPES})
        opened.close()


def opened_by(html: str) -> list[str]:
    """Where links of a page lead that open in a window of their own."""
    return re.findall(r'href="([^"]+)" target="_blank"', html)


def test_a_link_in_an_sms_opens_its_order_at_the_gateway(world: World) -> None:
    _, html = world.ask(f"/to/{quote(PHONE)}")
    code = world.codes[order_scope("o1")]
    assert f">https://sowa.example/p/{code}</a>" in html
    assert opened_by(html) == [f"{world.reception.url}/p/{code}"]
    with urlopen(opened_by(html)[0]) as answer:
        assert "10501" in answer.read().decode()


def test_a_letter_s_links_open_at_the_gateway_and_elsewhere_they_stay(world: World) -> None:
    number = next(one.provider_id for one in world.sandbox.accepted() if one.channel == "email")
    _, letter = world.ask(f"/mail/{number}")
    assert opened_by(letter) == [f"{world.reception.url}/p/{world.codes[order_scope('o1')]}"]
    assert "sowa.example/p/" in next(one.html for one in world.sandbox.accepted() if one.channel == "email")


def test_one_click_in_a_mailbox_unsubscribes(world: World) -> None:
    _, html = world.ask(f"/to/{MAILBOX}")
    (number,) = re.findall(r'name="number" value="([^"]+)"', html)
    assert world.ask("/sandbox/unsubscribe", number=number)[0] == 200
    assert Preferences(world.reception.store).of("sowa", "c1").wishes.left == pairs_of("email", "service")
    (logged,) = StoreLog(world.reception.store, lambda: NOW).read(0)
    assert b"customer.opted_out" in logged.event


def test_a_mail_without_a_way_out_says_so(world: World) -> None:
    status, words = world.ask("/sandbox/unsubscribe", number="none")
    assert status == 400
    assert "no one-click way out" in words


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium")
def test_a_click_in_a_browser_opens_the_page_of_the_order_from_a_phone_and_from_a_letter(world: World) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    shots = Path(__file__).parents[2] / "out" / "pages"
    flags = ["--headless", "--no-sandbox", "--disable-gpu"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        for name, address in (("phone", PHONE), ("mailbox", MAILBOX)):
            outbox = browser.new_context(viewport={"width": 900, "height": 700}).new_page()
            outbox.goto(f"{world.sandbox.address.url}/to/{quote(address)}")
            place: Any = outbox if name == "phone" else outbox.frame_locator("iframe")
            outbox.screenshot(path=shots / f"outbox_{name}.png")
            with outbox.context.expect_page() as opening:
                place.locator("a[target=_blank]").first.click()
            shown = opening.value
            shown.wait_for_load_state()
            assert shown.url == f"{world.reception.url}/p/{world.codes[order_scope('o1')]}"
            assert "10501" in shown.content()
            shown.screenshot(path=shots / f"clicked_{name}.png")
        browser.close()
