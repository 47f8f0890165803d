"""The pages in a real browser: on a phone and a desktop, light and dark, in three languages, by keyboard alone.

Screenshots are left in `out/pages` to be looked at.
"""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium")

FLAGS = """--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking
--disable-component-update --disable-sync""".split()
SHOTS = Path(__file__).parents[3] / "out" / "pages"
SIZES = {"phone": (360, 740), "desktop": (1280, 900)}
RULES = {"rules": {"target-size": {"enabled": True}}}

Open = Callable[..., Any]


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate of one's own: browsers say where a form comes from only over TLS."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    begins = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(begins).not_valid_after(begins.replace(year=2036))
    file = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture(scope="module")
def port() -> Iterator[socket.socket]:
    """A port of this machine for all tests, so that one browser serves them all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def served(world: Any, port: socket.socket, tls: ssl.SSLContext) -> Iterator[None]:
    """The application on that port, over TLS."""
    import uvicorn

    from connectors.gateway.app import guarded

    config = uvicorn.Config(guarded(world.reception, lambda: 0.0), log_level="error", lifespan="off", access_log=False)
    config.load()
    config.ssl = tls
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [port.dup()]})
    thread.start()
    yield
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser(port: socket.socket) -> Iterator[Any]:
    """One browser for this file alone: playwright's loop runs as long as it is open, and nobody else's can then."""
    flags = [*FLAGS, f"--host-resolver-rules=MAP *.example 127.0.0.1:{port.getsockname()[1]}"]
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Any, served: None) -> Iterator[Open]:
    """Opens a page of a shop as a reader with this screen and scheme would."""
    opened_contexts: list[Any] = []

    def opened(path: str, shop: str = "sowa", size: str = "phone", scheme: str = "light", **options: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, ignore_https_errors=True, **options
        )
        opened_contexts.append(context)
        page = context.new_page()
        page.goto(f"https://{shop}.example{path}")
        return page

    yield opened
    for context in opened_contexts:
        context.close()


PATHS: dict[str, Callable[[Any], tuple[str, str]]] = {
    "no_parcel": lambda world: ("sowa", world.order("no_parcel")),
    "locker": lambda world: ("sowa", world.order("in_locker")),
    "several": lambda world: ("sowa", world.order("several")),
    "attempted": lambda world: ("sowa", world.order("attempted")),
    "branch": lambda world: ("lela", world.order("ukrainian")),
    "messages": lambda world: (world.order("on_its_way"), ("lela", _messages(world, "lela")))[1],
    "leaving": lambda world: ("sowa", f"/u/{world.link('unsubscribe/service')}"),
    "feedback": lambda world: ("lela", f"/p/{world.link('feedback/7702', 'lela')}"),
    "refused": lambda world: ("sowa", "/p/0000000000"),
}


def _messages(world: Any, shop: str) -> str:
    world.order("ukrainian")
    return f"/p/{world.link('preferences', shop)}"


def wrongs(page: Any) -> list[str]:
    """What axe-core finds, with the places."""
    found = axe.Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]


SOME = [("phone", "light", "pl"), ("desktop", "dark", "uk")]
"""What every run looks at; the rest of the twelve is a long proof."""

ALL = [(size, scheme, language) for size in SIZES for scheme in ("light", "dark") for language in ("pl", "uk", "en")]


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [pytest.param(*one, marks=() if one in SOME else pytest.mark.long, id="-".join(one)) for one in ALL],
)
def test_every_page_is_accessible_and_fits(world: Any, open_page: Open, size: str, scheme: str, language: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for name, where in PATHS.items():
        shop, path = where(world)
        page = open_page(f"{path}?lang={language}", shop, size, scheme)
        page.screenshot(path=SHOTS / f"{name}-{size}-{scheme}-{language}.png", full_page=True)
        assert wrongs(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], name
        assert page.evaluate("document.documentElement.lang") == language
        page.context.close()


def test_what_axe_cannot_read_would_be_found(world: Any, open_page: Open) -> None:
    page = open_page(world.order("on_its_way"))
    page.evaluate("document.querySelector('main').innerHTML += '<button></button><p id=pale>pale words</p>'")
    page.evaluate("document.getElementById('pale').style.color = '#ddd'")
    assert {line.partition(":")[0] for line in wrongs(page)} >= {"button-name", "color-contrast"}


def test_a_page_reflows_at_320_pixels_with_letters_twice_as_large(world: Any, open_page: Open) -> None:
    for name in ("several", "messages", "feedback", "branch"):
        shop, path = PATHS[name](world)
        page = open_page(path, shop)
        page.set_viewport_size({"width": 320, "height": 600})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        page.context.close()


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.value || document.activeElement.innerText"))


def tab_to(page: Any, words: str) -> None:
    """Press Tab until what has the focus says these words; each stop must show that it has it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", focused(page)
        if words in focused(page) or words == page.evaluate("document.activeElement.id"):
            return
    raise AssertionError(f"{words} is not reached by Tab")


def test_the_keyboard_alone_changes_a_choice_and_takes_it_back(world: Any, open_page: Open) -> None:
    shop, path = PATHS["messages"](world)
    page = open_page(f"{path}?lang=en", shop)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    tab_to(page, "shipping")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "save")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/*done=saved*")
    assert page.locator("#shipping").input_value() == "email"
    assert "Your choice is saved" in page.locator("[role=status]").inner_text()
    assert page.title().startswith("Your choice is saved")
    tab_to(page, "undo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/*done=undone*")
    assert page.locator("#shipping").input_value() == "usual"
    assert [event["data"].get("as_usual") for event in world.events] == [None, ["order_packed", "shipped"]]


def test_one_tap_and_a_few_words_say_how_it_was(world: Any, open_page: Open) -> None:
    page = open_page(f"{PATHS['feedback'](world)[1]}?lang=uk", "lela", has_touch=True, is_mobile=True)
    page.get_by_role("button", name="2 погано").tap()
    page.get_by_label("Кілька слів від себе").fill("Коробка пом'ята.")
    page.get_by_role("button", name="Надіслати").tap()
    page.wait_for_url("**done=words*")
    said = [(event["data"]["mark"], event["data"].get("words", "")) for event in world.events]
    assert said == [(2, ""), (2, "Коробка пом'ята.")]
    page.screenshot(path=SHOTS / "feedback-given-phone-light-uk.png", full_page=True)
    assert wrongs(page) == []


@pytest.mark.parametrize("name", ["messages", "leaving", "feedback"])
def test_nothing_needs_a_script(world: Any, open_page: Open, name: str) -> None:
    shop, path = PATHS[name](world)
    page = open_page(path, shop, java_script_enabled=False)
    page.locator("main button").first.click()
    page.wait_for_url("**?done=*")
    assert len(world.events) == (0 if name == "messages" else 1)  # saving what is usual says nothing


def test_wrong_hours_are_said_beside_them_and_nothing_else_is_lost(world: Any, open_page: Open) -> None:
    shop, path = PATHS["messages"](world)
    page = open_page(f"{path}?lang=en", shop)
    page.select_option("#delays", "none")
    page.select_option("#opens", "1200")
    page.select_option("#closes", "600")
    page.locator("button[value=save]").click()
    assert "must be later" in page.locator("[role=alert]").inner_text()
    assert (page.locator("#delays").input_value(), page.locator("#opens").input_value()) == ("none", "1200")
    page.screenshot(path=SHOTS / "messages-wrong-phone-light-en.png", full_page=True)
    assert wrongs(page) == []
    assert world.events == []


def test_a_form_of_another_site_changes_nothing(world: Any, open_page: Open) -> None:
    shop, path = PATHS["messages"](world)
    page = open_page("/p/0000000000", "sowa", bypass_csp=True)
    page.evaluate(
        """address => { document.body.innerHTML = `<form method="post" action="${address}">
        <button name="do" value="stop">x</button></form>`; }""",
        f"https://{shop}.example{path}",
    )
    page.locator("button").click()
    page.wait_for_url(f"**{path}")
    assert page.locator("h1").inner_text() in ("Nothing was changed", "Нічого не змінено")
    assert world.events == []


def test_nothing_is_fetched_but_the_page_itself(world: Any, open_page: Open) -> None:
    page = open_page("/p/0000000000")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto(f"https://sowa.example{world.order('several')}")
    page.wait_for_load_state("networkidle")
    assert [url.partition("?")[0].rpartition("/")[0] for url in asked if not url.startswith("data:")] == [
        "https://sowa.example/p"
    ]
    assert errors == []
