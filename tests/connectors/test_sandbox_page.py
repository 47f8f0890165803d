"""The outbox page, and the sandbox's own questions."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from connectors.sandbox.book import Accepted, Said
from connectors.sandbox.course import Pace
from connectors.sandbox.faults import Fault, Trouble
from connectors.sandbox.journal import open_book, read_book
from connectors.sandbox.page.links import ONE_CLICK, Piece, opened_at, pieces
from connectors.sandbox.replies import opt_out_of
from connectors.sandbox.server import Sandbox, Ways
from connectors.transport import Answer, Transport
from schemas.errors import BadInput
from schemas.times import HOUR, SECOND

T = 1_791_800_000_000  # 12 October 2026, 12:13 in Warsaw
PHONE, MAILBOX, NUMBER = "+48500000123", "jan@poczta.example", "+48500900900"

Ask = Callable[..., Answer]


def sms(key: str = "a", to: str = PHONE, **changes: Any) -> Accepted:
    fields = {"channel": "sms", "provider_id": f"SM{key * 32}", "to": to, "sender": "Sowa", "text": f"paczka {key}"}
    return Accepted(**(fields | {"key": key * 32, "at": T} | changes))  # type: ignore[arg-type]


def mail(key: str = "m", to: str = MAILBOX, **changes: Any) -> Accepted:
    fields = {"channel": "email", "provider_id": key * 22, "to": to, "sender": "sowa@sowa.example", "text": "tekst"}
    return Accepted(**(fields | {"key": key * 32, "at": T, "subject": "W drodze", "html": "<p>Witaj</p>"} | changes))  # type: ignore[arg-type]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(ways=Ways(pace=Pace(SECOND, 4 * SECOND), clock=lambda: T + HOUR)) as started:
        yield started


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Ask]:
    transport = Transport(connections=1)

    def request(path: str, method: str = "GET", body: Any = None, form: str = "") -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        data = form.encode() if form else json.dumps(body).encode() if body is not None else None
        answer = transport.request(method, sandbox.address.url + path, headers, data)
        assert isinstance(answer, Answer)
        return answer

    yield request
    transport.close()


class Words(HTMLParser):
    """The words of a page, without its style."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_style = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._is_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_style:
            self.found.append(" ".join(data.split()))

    def __str__(self) -> str:
        return " ".join(self.found)


def words(answer: Answer) -> str:
    return str(Words(answer.body))


def test_an_empty_outbox_says_so(ask: Ask) -> None:
    assert "Nothing was sent yet." in words(ask("/"))


def test_the_list_shows_every_address_the_latest_first(sandbox: Sandbox, ask: Ask) -> None:
    for message in (sms("a"), sms("b", at=T + 1), mail(at=T + HOUR)):
        sandbox.book.take(message)
    shown = words(ask("/"))
    assert shown.index(MAILBOX) < shown.index(PHONE)
    assert "2 SMS · 12 Oct, 12:13" in shown
    assert "1 e-mail · 12 Oct, 13:13" in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=paczka+a", {PHONE}),
        ("q=W+DRODZE", {MAILBOX}),
        ("q=500000123", {PHONE}),
        ("q=" + "m" * 32, {MAILBOX}),
        ("channel=email", {MAILBOX}),
        ("channel=sms&q=drodze", set()),
        ("", {PHONE, MAILBOX}),
    ],
)
def test_one_can_search_by_address_words_key_and_channel(
    sandbox: Sandbox, ask: Ask, query: str, found: set[str]
) -> None:
    sandbox.book.take(sms())
    sandbox.book.take(mail())
    shown = words(ask(f"/?{query}"))
    assert {address for address in (PHONE, MAILBOX) if address in shown} == found
    assert ("Nothing found." in shown) == (not found)


def test_a_phone_shows_days_bubbles_answers_and_what_became_of_them(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.book.take(sms("a", sender=NUMBER))
    sandbox.book.take(sms("b", at=T + 1, status="undelivered", error_code=30005, reaches=False, attempt=2))
    sandbox.book.take(sms("c", at=T + 2, send_at=T + 9 * HOUR))
    sandbox.book.take(sms("d", at=T + 3, status="sent", reaches=False))
    sandbox.reply(PHONE, NUMBER, "STOP", T + 12 * HOUR)
    shown = words(ask(f"/to/{quote(PHONE)}"))
    for said in (
        "1 message really got here · times of Europe/Warsaw",
        "Monday, 12 October 2026",
        "Tuesday, 13 October 2026",
        "12:13 from Sowa · not delivered · GSM-7, 1 segment · attempt 2 · error 30005",
        "scheduled · GSM-7, 1 segment · scheduled for 12 Oct, 21:13",
        "sent, never confirmed · GSM-7, 1 segment · the customer never got it",
        f"00:13 to {NUMBER}",
    ):
        assert said in shown


def test_a_mailbox_shows_letters_in_a_frame_that_may_run_nothing(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.book.take(mail(sender_name="Sowa", html="<p>Witaj</p><script>alert(1)</script>"))
    page = ask(f"/to/{MAILBOX}")
    assert f'<iframe src="/mail/{"m" * 22}" title="W drodze" sandbox loading="lazy">' in page.body.decode()
    assert "Sowa <sowa@sowa.example>" in words(page)
    letter = ask(f"/mail/{'m' * 22}")
    assert letter.body.startswith(b"<p>Witaj</p>")
    assert "default-src 'none'" in letter.headers["content-security-policy"]
    assert "; sandbox;" in letter.headers["content-security-policy"]


def test_without_a_gateway_no_link_opens_and_no_letter_may_open_a_window(sandbox: Sandbox, ask: Ask) -> None:
    link = "https://sowa.example/p/0123456789"
    one_click = (("List-Unsubscribe", f"<{link}>"), ("List-Unsubscribe-Post", ONE_CLICK))
    sandbox.book.take(sms(text=link))
    sandbox.book.take(mail(html=f'<a href="{link}">x</a>', headers=one_click))
    for path in (f"/to/{quote(PHONE)}", f"/to/{MAILBOX}", f"/mail/{'m' * 22}"):
        assert "_blank" not in ask(path).body.decode()
    assert "Unsubscribe in one click" not in words(ask(f"/to/{MAILBOX}"))


@pytest.mark.parametrize(
    "strange",
    [
        "https://sowa.example/p/0123456789a",
        "https://sowa.example/x/0123456789",
        "http://sowa.example/p/0123456789",
        "https://sowa.example/p/012345678-",
        "javascript:alert(1)//https:/p/0123456789",
    ],
)
def test_only_what_is_a_customer_s_link_is_one(strange: str) -> None:
    assert pieces(strange, "http://127.0.0.1:1") == (Piece(strange),)
    assert opened_at("http://127.0.0.1:1", f'<a href="{strange}">') == f'<a href="{strange}">'


def test_words_of_a_message_never_become_the_page_s_own(sandbox: Sandbox, ask: Ask) -> None:
    evil = "<script>alert(1)</script>"
    sandbox.book.take(sms(text=evil, sender=evil))
    sandbox.book.take(mail(subject=evil, text=evil, html=""))
    for path in ("/", f"/to/{quote(PHONE)}", f"/to/{MAILBOX}", f"/?q={quote(evil)}"):
        page = ask(path).body.decode()
        assert "<script" not in page
        assert "default-src 'none'" in ask(path).headers["content-security-policy"]


@pytest.mark.parametrize(("path", "status"), [("/to/nobody@poczta.example", 404), ("/mail/none", 404)])
def test_what_was_never_sent_is_not_found(ask: Ask, path: str, status: int) -> None:
    assert ask(path).status == status


def test_the_page_loads_nothing_from_elsewhere_and_fits_a_phone(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.book.take(sms())
    page = ask(f"/to/{quote(PHONE)}").body.decode()
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in page
    assert not re.findall(r"""(?:src|href)=["']https?:""", page)
    assert "<script" not in page


# --- questions


def test_one_can_ask_what_a_customer_really_got(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.book.take(sms("a"))
    sandbox.book.take(sms("b", status="undelivered", reaches=False))
    sandbox.book.take(mail())
    rows = json.loads(ask(f"/sandbox/messages?to={quote(PHONE)}").body)
    assert [(row["text"], row["got"], row["status_now"]) for row in rows] == [
        ("paczka a", True, "delivered"),
        ("paczka b", False, "undelivered"),
    ]
    assert len(json.loads(ask("/sandbox/messages").body)) == 3
    assert [one.text for one in sandbox.reached(PHONE)] == ["paczka a"]


def test_a_customer_answers_from_the_page(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.book.take(sms(sender=NUMBER))
    answer = ask("/sandbox/replies", "POST", form=f"phone={quote(PHONE)}&to={quote(NUMBER)}&text=Stop")
    assert (answer.status, answer.headers["location"]) == (303, f"/to/{quote(PHONE)}")
    assert sandbox.book.has_stopped(PHONE, NUMBER, T + HOUR)
    assert f"said STOP to {NUMBER}" in words(ask(f"/to/{quote(PHONE)}"))
    assert 'name="text"' in ask(f"/to/{quote(PHONE)}").body.decode()


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("POST", "/sandbox/replies", {"phone": PHONE, "to": "Sowa", "text": "STOP"}, "takes no replies"),
        ("POST", "/sandbox/replies", {"phone": PHONE}, "to"),
        ("PUT", "/sandbox/faults", [{"what": "laziness"}], "laziness"),
        ("PUT", "/sandbox/faults", [{"since": 3}], "what"),
        ("PUT", "/sandbox/faults", 7, "not a list"),
        ("POST", "/sandbox/tell", {"until": "soon"}, "soon"),
    ],
)
def test_a_bad_question_gets_the_reason(ask: Ask, method: str, path: str, body: Any, says: str) -> None:
    answer = ask(path, method, body)
    assert answer.status == 400
    assert says in json.loads(answer.body)["error"]


def test_faults_can_be_changed_while_it_runs(sandbox: Sandbox, ask: Ask) -> None:
    assert ask("/sandbox/faults", "PUT", [{"what": "limit", "share": 0.5, "attempts": [1, 2]}]).status == 204
    assert sandbox.script.faults == (Fault(Trouble.LIMIT, share=0.5, attempts=(1, 2)),)
    (row,) = json.loads(ask("/sandbox/faults").body)
    assert (row["what"], row["share"]) == ("limit", 0.5)


@pytest.mark.parametrize(
    ("text", "kind"), [("stop", "STOP"), (" STOPALL ", "STOP"), ("yes", "START"), ("Info", "HELP"), ("stop it", "")]
)
def test_words_are_read_as_twilio_reads_them(text: str, kind: str) -> None:
    assert opt_out_of(text) == kind


# --- the file


def test_an_outbox_in_a_file_is_there_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "outbox.jsonl"
    with Sandbox.start(book=open_book(path)) as sandbox:
        taken = [sandbox.book.take(sms("a", arguments=(("x", "y"),))), sandbox.book.take(mail())]
        sandbox.reply(PHONE, NUMBER, "STOP", T)
        sandbox.block_mailbox(MAILBOX, "bounces", T)
        sandbox.book.change(taken[0], sms("a", text=""))
    again = open_book(path)
    assert again.taken() == read_book(path).taken() == [sms("a", text=""), taken[1]]
    assert again.has_stopped(PHONE, NUMBER, T)
    assert again.blocking(MAILBOX, T) == "bounces"
    assert [said.text for said in again.said()] == ["STOP"]
    assert isinstance(again.said()[0], Said)


def test_a_line_that_was_cut_off_is_dropped_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    open_book(path).take(sms("a"))
    with path.open("ab") as file:
        file.write(b'["taken",{"channel":"sm')
    open_book(path).take(sms("b"))
    assert [one.key[0] for one in read_book(path).taken()] == ["a", "b"]


@pytest.mark.parametrize("line", [b"{}", b"nonsense", b'["sung", 1]', b'["taken", {"channel": 1}]', b'["stop", 1]'])
def test_a_file_that_is_no_outbox_says_which_line(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "outbox.jsonl"
    path.write_bytes(line + b"\n")
    with pytest.raises(BadInput, match=r"outbox.jsonl:1: not a line"):
        open_book(path)


def test_an_outbox_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="awizo sandbox --outbox"):
        read_book(tmp_path / "none")
