"""The page of a run."""

import base64
import re
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pipelines.report.index import index_of
from pipelines.report.looks import looks_of
from pipelines.report.page import write_report
from pipelines.report.run import read_run
from pipelines.report.views import anchor
from pipelines.sinks import write_outputs
from schemas.errors import BadInput
from schemas.messages import Slot
from schemas.parcels import ParcelRecord
from schemas.wire import Record

VOID = {"meta", "link", "input", "br", "hr", "img", "base", "col", "wbr"}
LOADS = ("src", "data", "poster", "background", "action", "formaction", "xlink:href")


class Reader(HTMLParser):
    """A page as its tags: what is open, what was odd, ids, links, frames, and the text outside of scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.odd: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.odd.append(f"an attribute twice in <{tag}>")
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.odd.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside != "style":
            self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.fixture
def html(run_folder: Path) -> str:
    write_report(run_folder)
    return (run_folder / "index.html").read_text()


@pytest.fixture
def page(html: str) -> Reader:
    return read(html)


def test_every_tag_is_closed_in_its_place(page: Reader) -> None:
    assert page.odd == []
    assert page.open == []


def test_no_place_is_named_twice_and_every_link_leads_to_one(page: Reader) -> None:
    places = page.values("id")
    assert len(places) == len(set(places))
    assert {link.removeprefix("#") for link in page.values("href")} <= set(places)


def test_nothing_is_loaded_from_elsewhere(html: str, page: Reader) -> None:
    assert not [value for name in LOADS for value in page.values(name)]
    assert page.tags["link"] == 0
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_every_message_that_a_customer_got_is_on_the_page(run_folder: Path, page: Reader) -> None:
    text = " ".join(page.text)
    for message in read_run(run_folder).messages:
        assert message.text in text
        assert message.subject in text


def test_a_script_in_a_text_is_words_and_nothing_more(page: Reader) -> None:
    assert len(page.scripts) == 1
    assert "alert(" not in page.scripts[0]
    assert page.tags["script"] == 1
    assert "<script>alert('order & text')</script>" in " ".join(page.text)


def test_a_mail_opens_in_a_frame_in_which_nothing_runs(page: Reader) -> None:
    assert page.tags["iframe"] == 4
    assert [value for tag, name, value in page.attributes if tag == "iframe" and name == "sandbox"] == [""] * 4
    assert any("alert('order & text')" in value for value in page.values("srcdoc"))


def test_only_the_pages_own_script_is_let_run(page: Reader) -> None:
    (script,) = page.scripts
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    (policy,) = (value for value in page.values("content") if "default-src" in value)
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_what_a_customer_never_got_is_not_in_the_phone(html: str) -> None:
    person = html[html.index('id="person-sowa.2fc-1002"') :]
    phone = person[: person.index("</article>")]
    assert "could not be delivered" in phone
    assert "out for delivery today" not in phone


def test_decisions_are_told_in_words_and_local_time(page: Reader) -> None:
    text = " ".join(page.text)
    assert "was superseded by ready for pickup; held for quiet hours until 07:00." in text
    assert "put off: the provider asked for a slower pace." in text


def test_what_needs_a_look_is_listed(page: Reader) -> None:
    text = " ".join(page.text)
    for words in ("DHL: transit/ZX9", "events.jsonl:17", "Nobody knows yet", "Still held", "InPost 629999"):
        assert words in text


def test_a_parcel_with_a_problem_leads_to_its_order(tmp_path: Path) -> None:
    of = ("dpd_pl", "1409", 1_000, 1, "lost", "", 1_000, ())
    write_outputs(tmp_path, [ParcelRecord(*of, subscribers=("sowa/7",)), ParcelRecord("dpd_pl", "1410", *of[2:])])
    looks = looks_of(read_run(tmp_path), index_of(read_run(tmp_path)))
    (problem,) = next(sort.looks for sort in looks if sort.title == "Parcels with a problem")
    assert (problem.title, problem.anchor) == ("DPD 1409, order 7", "order-sowa.2f7")
    assert problem.detail.startswith("Lost since ")
    write_report(tmp_path)
    assert 'id="order-sowa.2f7"' in (tmp_path / "index.html").read_text()


def test_a_dead_letters_addresses_are_masked(html: str) -> None:
    look = html[html.index('id="look"') : html.index('id="orders"')]
    assert "j***@example.com +48 *** *** 001" in look
    assert "jan@example.com" not in look


def test_an_order_is_found_by_number_parcel_recipient_and_address(page: Reader) -> None:
    (found,) = (value for value in page.values("data-find") if value.startswith("sowa 10482"))
    for words in ("620000000000000000010482", "c-1001", "+48500000001", "jan@example.com"):
        assert words in found


def test_an_empty_run_has_a_page(tmp_path: Path) -> None:
    write_outputs(tmp_path, [])
    write_report(tmp_path)
    page = read((tmp_path / "index.html").read_text())
    assert page.odd == page.open == []
    assert "Nothing: everything was read" in " ".join(page.text)


def test_a_page_holds_what_a_browser_opens_at_once_and_no_link_leads_nowhere(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.report.page.LIMIT", 2)
    write_report(run_folder)
    page = read((run_folder / "index.html").read_text())
    assert page.tags["article"] == 4
    assert {link.removeprefix("#") for link in page.values("href")} <= set(page.values("id"))
    assert "The first 2 of 4, those to look at before others." in " ".join(page.text)
    assert {"order-kvitka.2fUA-77", "order-sowa.2f10490"} <= set(page.values("id"))


def test_the_page_is_the_same_for_records_in_another_order(tmp_path: Path, records: list[Record]) -> None:
    for name, some in (("one", records), ("two", records[::-1])):
        write_outputs(tmp_path / name, some)
        write_report(tmp_path / name)
    assert (tmp_path / "one" / "index.html").read_bytes() == (tmp_path / "two" / "index.html").read_bytes()


def test_messages_of_a_run_that_delivered_nothing_are_shown_as_composed(tmp_path: Path, make: dict[str, Any]) -> None:
    message = make["sms"]("c-1001", "7", Slot("inpost/7", "shipped", "a"), make["at"]("22.10 18:31"), "W drodze.")
    write_outputs(tmp_path, [message, make["decided"](message)])
    write_report(tmp_path)
    assert "composed, not sent in this run" in (tmp_path / "index.html").read_text()


def test_what_went_out_in_place_of_a_refused_address_is_shown(tmp_path: Path, make: dict[str, Any]) -> None:
    slot, moment = Slot("inpost/7", "shipped", "a"), make["at"]("22.10 18:31")
    other = make["mail"]("c-1001", "7", slot, moment, "Zamówienie 7 w drodze", "W drodze.")
    first = make["sms"]("c-1001", "7", slot, moment, "Sklep Sowa: w drodze.", otherwise=other)
    refused, sent = make["outcome"](first, "failed", reason="21211"), make["outcome"](other, "sent")
    write_outputs(tmp_path, [first, make["decided"](first), refused, sent])
    write_report(tmp_path)
    html = (tmp_path / "index.html").read_text()
    mailbox = html[html.index('class="mailbox"') :]
    assert "Zamówienie 7 w drodze" in mailbox
    assert "No SMS came." in html


def test_a_recipient_with_a_clock_of_their_own_reads_by_it(tmp_path: Path, make: dict[str, Any]) -> None:
    slot, moment = Slot("inpost/7", "shipped", "a"), make["at"]("22.10 18:31")
    message = make["sms"]("c-1001", "7", slot, moment, "Sklep Sowa: w drodze.")
    write_outputs(tmp_path, [message, make["decided"](message, zone="Europe/London"), make["outcome"](message, "sent")])
    write_report(tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert '<p class="meta">17:31' in html[html.index('class="phone"') :]


@pytest.mark.parametrize("order", ["10/482", "a b", 'x"><script>', "ó#%"])
def test_a_place_is_named_by_plain_signs_alone(order: str) -> None:
    assert re.fullmatch(r"order-[A-Za-z0-9._-]+", anchor("order", ("sowa", order)))


def test_two_orders_never_share_a_place() -> None:
    assert len({anchor("order", key) for key in (("a", "b.2fc"), ("a", "b/c"), ("a-b", "c"), ("a", "b-c"))}) == 4


def test_a_folder_without_a_run_has_no_page(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        write_report(tmp_path)
