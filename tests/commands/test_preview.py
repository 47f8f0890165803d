"""`awizo preview`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.commands.preview import command
from schemas.errors import BadInput

SHOP = """\
shop: sowa
version: "1"
name: Sklep Sowa
host: sowa.example
contact: {phone: "220000000", email: pomoc@sowa.example}
sms:
  PL: {sender: SklepSowa}
email: {address: paczki@sowa.example, name: Sklep Sowa}
alerts: {email: dyzur@sowa.example}
prices: {as_of: 2026-10-01, invented: true, sms: [{country: PL, per_segment: "0.09", currency: PLN}]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    for version in ("9", "10"):
        folder = tmp_path / "sowa" / version
        folder.mkdir(parents=True)
        named = SHOP.replace('"1"', f'"{version}"').replace("Sklep Sowa\n", f"Sowa {version}\n", 1)
        (folder / "shop.yaml").write_text(named, "utf-8")
    return str(tmp_path / "sowa")


def _shown(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_an_sms_is_shown_with_what_it_costs(shop: str) -> None:
    shown = _shown("shipped", "--shop", f"{shop}/9", "--language", "pl", "--channel", "sms")
    assert "Sowa 9: zamowienie 10482 w drodze. DPD, nr 14099912345678." in shown
    assert "(GSM-7, 129 characters, 1 segment, 0.09 PLN; from SklepSowa)" in shown


def test_the_newest_version_of_a_shop_is_shown(shop: str) -> None:
    assert "Sowa 10: " in _shown("shipped", "--shop", shop, "--language", "pl", "--channel", "sms")


def test_a_kind_is_shown_on_all_channels_in_all_languages(shop: str) -> None:
    shown = _shown("shipped", "--shop", shop)
    for language in ("pl", "uk", "en"):
        for channel in ("sms", "email"):
            assert f"--- shipped, {channel}, {language}: one parcel" in shown


def test_a_variant_is_shown_by_name(shop: str) -> None:
    shown = _shown("out_for_delivery", "--shop", shop, "--variant", "cash on delivery", "--channel", "sms")
    assert "Do zaplaty przy odbiorze: 129,00 zl" in shown
    assert "one parcel" not in shown


def test_an_order_of_ones_own_is_shown(shop: str, tmp_path: Path) -> None:
    order = tmp_path / "order.yaml"
    order.write_text(
        "number: A-77\ncourier: gls\nrole: consignee\ndeadline: 2026-10-30T17:00+01:00\n"
        "point: {id: GL9, kind: locker, address: ul. Lipowa 2}\ncod: {goods: 80.00 PLN}\n",
        "utf-8",
    )
    shown = _shown("ready_for_pickup", "--shop", shop, "--order", str(order), "--language", "pl", "--channel", "sms")
    assert (
        "Sowa 10: zamowienie A-77 czeka: automat paczkowy GLS GL9, ul. Lipowa 2. Odbior do 30.10, 17:00. "
        "Do zaplaty: 80,00 zl plus koszt dostawy wg cennika." in shown
    )


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ("deadline: tomorrow\n", "deadline"),
        ("cod: {sum: 1 PLN}\n", "cod"),
        ("total: many\n", "total"),
        ("name: Anna\n", "name"),
        ("- 1\n", "order"),
        ("a: [\n", "order"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_by_its_field(
    shop: str, tmp_path: Path, fields: str, place: str
) -> None:
    order = tmp_path / "order.yaml"
    order.write_text(fields, "utf-8")
    with pytest.raises(BadInput) as raised:
        _shown("shipped", "--shop", shop, "--order", str(order))
    assert raised.value.place == place


def test_the_page_of_an_email_is_written(shop: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    shown = _shown("shipped", "--shop", shop, "--language", "uk", "--html", str(page))
    assert "HTML of shipped in uk written to" in shown
    assert '<html lang="uk"' in page.read_text("utf-8")


def test_the_shops_own_alerts_are_shown_in_its_language(shop: str) -> None:
    shown = _shown("shop_alert", "--shop", shop)
    assert shown.count("--- shop_alert") == 1
    assert "Subject: Do sprawdzenia: 3" in shown


def test_an_unknown_kind_or_variant_is_refused(shop: str) -> None:
    with pytest.raises(BadInput, match="there is no kind 'shiped'"):
        _shown("shiped", "--shop", shop)
    with pytest.raises(BadInput, match="nothing to show"):
        _shown("shipped", "--shop", shop, "--variant", "by airship")


def test_the_demos_shop_is_shown_when_none_is_named() -> None:
    assert "Sklep Sowa: " in _shown("shipped", "--language", "pl", "--channel", "sms")
