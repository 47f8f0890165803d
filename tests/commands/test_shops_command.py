"""`awizo shops check`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.commands.shops import command

SHOP = """\
shop: sowa
version: "1"
name: Sklep Sowa
languages: [pl]
host: sowa.example
contact: {phone: "220000000", email: pomoc@sowa.example}
email: {address: paczki@sowa.example, name: Sklep Sowa}
alerts: {email: dyzur@sowa.example}
"""


PRICES = 'prices: {as_of: 2026-10-01, sms: [{country: PL, per_segment: "0.15", currency: PLN}]}\n'


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    (tmp_path / "sowa" / "1" / "texts").mkdir(parents=True)
    (tmp_path / "sowa" / "1" / "shop.yaml").write_text(SHOP, "utf-8")
    return tmp_path


def test_a_good_bundle_is_accepted_and_says_what_was_rendered(shops: Path) -> None:
    for directory in (shops, shops / "sowa", shops / "sowa" / "1"):
        result = CliRunner().invoke(command, ["check", str(directory)])
        assert result.exit_code == 0
        assert "sowa 1: " in result.output
        assert "messages rendered in pl, 0 texts of its own: accepted" in result.output


def test_a_bad_text_is_named_and_refused(shops: Path) -> None:
    text = shops / "sowa" / "1" / "texts" / "shipped.email.pl.txt"
    text.write_text("Subject: {{ order }}\n\nPaczka jedzie! https://evil.example/x\n", "utf-8")
    result = CliRunner().invoke(command, ["check", str(shops)])
    assert result.exit_code == 2
    assert f"{text}: an exclamation mark" in result.output
    assert f"{text}: links to evil.example" in result.output


def test_a_bad_field_is_named_and_refused(shops: Path) -> None:
    file = shops / "sowa" / "1" / "shop.yaml"
    file.write_text(SHOP + "colour: red\n", "utf-8")
    result = CliRunner().invoke(command, ["check", str(shops)])
    assert result.exit_code == 2
    assert f"{file}: colour: is not a field" in result.output


def test_a_directory_without_bundles_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["check", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds no <shop>/<version>/shop.yaml" in result.output


def test_a_text_in_one_language_only_is_to_be_read_beside_ours(shops: Path) -> None:
    (shops / "sowa" / "1" / "shop.yaml").write_text(SHOP.replace("[pl]", "[pl, uk]"), "utf-8")
    text = shops / "sowa" / "1" / "texts" / "shipped.email.pl.txt"
    text.write_text("Subject: {{ order }}\n\nPaczka jedzie.\n", "utf-8")
    result = CliRunner().invoke(command, ["check", str(shops)])
    assert result.exit_code == 0
    assert f"to read: {text}: in uk the text is ours" in result.output


def test_mappings_beside_the_shops_are_checked_too(shops: Path) -> None:
    line = "{courier: gls, code: UP, status: in_orbit, author: Zofia}"
    (shops / "mappings.yaml").write_text(f'version: "1"\nmappings: [{line}]\n', "utf-8")
    result = CliRunner().invoke(command, ["check", str(shops)])
    assert result.exit_code == 2
    assert f"{shops / 'mappings.yaml'}: mappings.0.status: " in result.output


@pytest.mark.parametrize(("price", "is_said"), [("", True), (PRICES, False)])
def test_a_budget_that_cannot_count_for_want_of_a_price_says_where(shops: Path, price: str, is_said: bool) -> None:
    words = SHOP + 'daily_sms_budget: "50"\nsms: {PL: {sender: Sowa}}\n' + price
    (shops / "sowa" / "1" / "shop.yaml").write_text(words, "utf-8")
    result = CliRunner().invoke(command, ["check", str(shops)])
    assert result.exit_code == 0
    assert ("daily_sms_budget counts no SMS to PL" in result.output) == is_said
