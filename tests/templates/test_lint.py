"""Bundles' words checked whole."""

from collections.abc import Callable

import pytest

from schemas.messages import Channel, Kind
from schemas.shops import Bundle, SmsSender
from templates.cases import worst
from templates.compose import MAX_SEGMENTS, say
from templates.lint import findings, rendered, spoken
from templates.phrases import LANGUAGES
from templates.render import built_in_names, text_name

Make = Callable[..., Bundle]


def test_our_texts_pass_for_a_shop_whose_names_are_as_long_as_may_be(longest_bundle: Bundle) -> None:
    assert findings(longest_bundle) == []
    assert rendered(longest_bundle) > 1000


def test_every_kind_has_words_for_each_channel_and_language() -> None:
    wanted = {
        text_name(kind, channel, language)
        for kind in Kind
        for channel in Channel
        for language in LANGUAGES
        if (kind, channel) != (Kind.SHOP_ALERT, Channel.SMS)
    }
    assert set(built_in_names()) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worst_sms_never_loses_shop_deadline_or_sum(longest_bundle: Bundle, language: str) -> None:
    shop = {"uk": "Магазин Сова"}.get(language, "Sklep Sowa 1")
    said = {
        "pl": ("22.11, 18:00", "12345,67 zl"),
        "uk": ("22.11, 18:00", "29999 грн"),
        "en": ("22 Nov", "PLN 12345.67"),
    }
    for case in worst(Kind.READY_FOR_PICKUP, Channel.SMS, language, longest_bundle):
        message = say(case.notice, longest_bundle, case.notice.routes[0], language, lambda _: "7Kq2mX9bTe")
        assert message.text.startswith(f"{shop}: ")
        assert message.segments <= MAX_SEGMENTS[language]
        if "all known" in case.shows or "cash" in case.shows:
            assert said[language][0] in message.text
        if "cash" in case.shows:
            assert said[language][1] in message.text


OVERRIDES = [
    ("{{ shop }}: {{ order }} {{ nobody }}", "unknown variable nobody"),
    ("{{ shop }}: paczka {{ link }}", "does not say order"),
    ("{{ shop }}: {{ order }} {% if %}", "correct it"),
    ("{{ shop }}: {{ order }} " + "bardzo " * 22, "2 segments"),
    ("{{ shop }}: {{ order }} odpisz STOP", "offers STOP"),
    ("{{ shop }}: {{ order }} jedzie!", "exclamation"),
    ("{{ shop }}: {{ order }} https://evil.example/x", "links to evil.example"),
    ("{{ shop }}: {{ order }} za 12,00 zl {{ link }}", "a sum beside a link"),
    ("Paczka {{ order }} {{ shop }}", "begins with the shop's name"),
    ("{{ shop }}: {{ order }} zаmowione", "Latin and Cyrillic"),
    ("{{ shop }}: {{ order }} {{ parcels[9].courier }}", "cannot be filled"),
    ("", "does not say"),
]


@pytest.mark.parametrize(("text", "fault"), OVERRIDES)
def test_a_shops_bad_text_is_found_by_its_name(make_bundle: Make, text: str, fault: str) -> None:
    found = findings(make_bundle(texts={"shipped.sms.pl": text}), kinds=["shipped"])
    assert found
    assert all(line.startswith("texts/shipped.sms.pl.txt: ") for line in found)
    assert any(fault in line for line in found)


def test_a_two_way_sender_may_offer_stop(make_bundle: Make) -> None:
    text = "{{ shop }}: {{ order }} w drodze.{% if two_way %} Koniec wiadomosci: STOP{% endif %}"
    for two_way in (True, False):
        bundle = make_bundle(
            sms={"PL": SmsSender(sender="+48732000001", two_way=two_way)}, texts={"shipped.sms.pl": text}
        )
        assert findings(bundle, kinds=["shipped"]) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("shiped.sms.pl", "no kind 'shiped'"),
        ("shipped.fax.pl", "no channel 'fax'"),
        ("shipped.sms.de", "no language 'de'"),
        ("shipped.sms.pl.wholesale", "no segment 'wholesale'"),
        ("shipped.sms", "is named"),
        ("shop_alert.sms.pl", "by e-mail only"),
    ],
)
def test_a_text_of_a_wrong_name_is_found(make_bundle: Make, name: str, fault: str) -> None:
    assert any(fault in line for line in findings(make_bundle(texts={name: "x"}), kinds=[]))


def test_a_text_for_a_segment_is_rendered_too(make_bundle: Make) -> None:
    bundle = make_bundle(segments={"wholesale": {}}, texts={"shipped.sms.pl.wholesale": "{{ shop }}: {{ order }}!"})
    assert ("shipped", "sms", "pl", "wholesale") in set(spoken(bundle))
    assert [line for line in findings(bundle, ["shipped"]) if line.startswith("texts/shipped.sms.pl.wholesale.txt: ")]


def test_a_shops_name_outside_gsm7_is_found(make_bundle: Make) -> None:
    assert any("name in pl" in line and "GSM-7" in line for line in findings(make_bundle(name="Żółw"), kinds=[]))


def test_a_shop_without_sms_is_not_asked_for_sms(make_bundle: Make) -> None:
    bundle = make_bundle(sms={})
    assert findings(bundle, kinds=["shipped", "feedback"]) == []
    assert {channel for _, channel, _, _ in spoken(bundle)} == {"email"}
