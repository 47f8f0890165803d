"""Bundles read from disk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.shops import load_bundle, load_shops
from schemas.errors import BadBundle

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
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a bundle; answers its folder. `added` lines go to the end of shop.yaml."""

    def put(added: str = "", texts: dict[str, str] | None = None, fields: str = SHOP, folder: str = "sowa/1") -> Path:
        directory = tmp_path / folder
        (directory / "texts").mkdir(parents=True)
        (directory / "shop.yaml").write_text(fields + added, "utf-8")
        for name, text in (texts or {}).items():
            (directory / "texts" / name).write_text(text, "utf-8")
        return directory

    return put


def _findings(directory: Path) -> list[str]:
    with pytest.raises(BadBundle) as raised:
        load_bundle(directory)
    return [finding.removeprefix(f"{directory}/") for finding in raised.value.findings]


def test_a_bundle_is_its_fields_and_its_texts(write: Write) -> None:
    bundle = load_bundle(write(texts={"shipped.sms.pl.txt": "{{ shop }}: {{ order }} w drodze"}))
    assert (bundle.shop, bundle.version, bundle.default_language) == ("sowa", "1", "pl")
    assert bundle.texts == {"shipped.sms.pl": "{{ shop }}: {{ order }} w drodze"}


def test_a_bundle_needs_no_folder_of_texts(write: Write) -> None:
    directory = write()
    (directory / "texts").rmdir()
    assert load_bundle(directory).texts == {}


def test_every_finding_is_told_at_once_with_file_path_and_remedy(write: Write) -> None:
    directory = write(
        "colour: red\nwindow: {opens: '25:00'}\nservices: [{courier: dpd_pl, storage_days: 3}]\n",
        {"notes.md": "x"},
        SHOP.replace("name: Sklep Sowa\n", "name: Sklep Pod Sowami\n", 1).replace("host: sowa.example\n", ""),
    )
    found = _findings(directory)
    assert any(line.startswith("texts/notes.md: is not a text;") for line in found)
    assert "shop.yaml: colour: is not a field of a bundle; remove it or correct its name" in found
    assert "shop.yaml: services.0.storage_days: is not a field of a bundle; remove it or correct its name" in found
    assert "shop.yaml: host: is missing; add it" in found
    assert any(line.startswith("shop.yaml: name: ") for line in found)
    assert any(line.startswith("shop.yaml: window.opens: ") for line in found)


def test_folders_are_named_like_shop_and_version(write: Write) -> None:
    assert _findings(write(folder="lela/2")) == [
        "shop.yaml: shop: is 'sowa' in a folder 'lela'; make them equal",
        "shop.yaml: version: is '1' in a folder '2'; make them equal",
    ]


@pytest.mark.parametrize(
    ("added", "finding"),
    [
        ("languages: [uk]\n", "default_language: 'pl' is not among `languages`"),
        ("zone: Warsaw\n", "zone: 'Warsaw' is no time zone"),
        ("texts: {shipped.sms.pl: x}\n", "texts: texts are files in texts/"),
    ],
)
def test_fields_that_contradict_are_found(write: Write, added: str, finding: str) -> None:
    assert any(line.startswith(f"shop.yaml: {finding}") for line in _findings(write(added)))


@pytest.mark.parametrize(
    ("name", "text", "finding"),
    [
        ("shiped.sms.pl.txt", "x", "there is no kind 'shiped'"),
        ("shipped.sms.pl.txt", "{% if order %}", "line 1: "),
    ],
)
def test_texts_that_cannot_be_used_are_found(write: Write, name: str, text: str, finding: str) -> None:
    (found,) = _findings(write(texts={name: text}))
    assert found.startswith(f"texts/{name}: {finding}")


@pytest.mark.parametrize(
    ("content", "finding"),
    [(b"shop: [", "is not YAML"), (b"- a\n", "holds no fields"), (b"shop: \xff\n", "is not UTF-8"), (b"", "holds no")],
)
def test_a_file_that_is_no_bundle_is_refused(write: Write, content: bytes, finding: str) -> None:
    directory = write()
    (directory / "shop.yaml").write_bytes(content)
    assert _findings(directory)[0].startswith(f"shop.yaml: {finding}")


def test_a_missing_file_is_refused(write: Write) -> None:
    directory = write()
    (directory / "shop.yaml").unlink()
    assert _findings(directory) == ["shop.yaml: is missing; a bundle begins with it"]


def test_a_text_that_is_not_utf8_or_endless_is_refused(write: Write) -> None:
    directory = write(texts={"feedback.sms.pl.txt": "x" * 20_001})
    (directory / "texts" / "shipped.sms.pl.txt").write_bytes(b"\xff\xfe")
    assert [line.split(";")[0] for line in _findings(directory)] == [
        "texts/feedback.sms.pl.txt: is longer than 20000 bytes",
        "texts/shipped.sms.pl.txt: is not UTF-8",
    ]


def test_shops_are_read_by_name_and_version(write: Write, tmp_path: Path) -> None:
    write()
    write(fields=SHOP.replace('version: "1"', 'version: "2"'), folder="sowa/2")
    write(fields=SHOP.replace("shop: sowa", "shop: lela"), folder="lela/1")
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("x", "utf-8")
    shops = load_shops(tmp_path)
    assert {shop: sorted(versions) for shop, versions in shops.items()} == {"sowa": ["1", "2"], "lela": ["1"]}


def test_one_bad_bundle_refuses_all_with_the_findings_of_each(write: Write, tmp_path: Path) -> None:
    write()
    write("a: 1\n", fields=SHOP.replace('version: "1"', 'version: "2"'), folder="sowa/2")
    write("b: 1\n", fields=SHOP.replace("shop: sowa", "shop: lela"), folder="lela/1")
    with pytest.raises(BadBundle) as raised:
        load_shops(tmp_path)
    assert [finding.split(": ")[1] for finding in raised.value.findings] == ["b", "a"]


@pytest.mark.parametrize(
    ("added", "place"),
    [
        ("kinds: {shiped: {enabled: false}}\n", "kinds.shiped"),
        ("services: [{courier: dpd_pl, tells: [out_for_delivry]}]\n", "services.0.tells.0"),
        ("window: {opens: '23:00', closes: '20:00'}\n", "window: "),
        ("window: {opens: '00:00', closes: '20:00'}\n", "window: "),
        ("window: {opens: '08:00', closes: '23:59'}\n", "window: "),
        ("window: {opens: '08:00+02:00', closes: '20:00'}\n", "window: "),
        ("sms: {PL: {sender: SklepSowaSpzoo}}\n", "sms.PL.sender"),
        ("sms: {PL: {sender: '12'}}\n", "sms.PL.sender"),
        ("sms: {PL: {sender: SklepSowa, two_way: true}}\n", "sms.PL: nobody can reply"),
        ("email: {address: paczki, name: Sowa}\n", "email.address: an e-mail address was expected"),
        ("alerts: {email: dyzur@sowa}\n", "alerts.email"),
        ("host: 'https://a.pl'\n", "host: a host's name"),
        ("hosts: [sowa]\n", "hosts.0"),
        ("age_gates: {service_hours: -1}\n", "age_gates.service_hours"),
        ("daily_sms_budget: '-1'\n", "daily_sms_budget"),
    ],
)
def test_what_would_silence_wake_or_mislead_customers_is_refused(write: Write, added: str, place: str) -> None:
    name = added.partition(":")[0]
    fields = "".join(line for line in SHOP.splitlines(keepends=True) if not line.startswith((f"{name}:", "  ")))
    (found,) = _findings(write(added, fields=fields if name == "sms" else fields.replace("sms:\n", "")))
    assert found.startswith(f"shop.yaml: {place}")


@pytest.mark.parametrize("sender", ["SklepSowa", "Sowa 24", "+48500000999"])
def test_a_sender_is_a_short_name_or_a_number(write: Write, sender: str) -> None:
    fields = SHOP.replace("SklepSowa", f"'{sender}'")
    assert load_bundle(write(fields=fields)).sms["PL"].sender == sender


def test_a_field_that_is_written_twice_is_refused(write: Write) -> None:
    assert _findings(write("zone: Europe/Kyiv\nzone: Europe/Warsaw\n")) == [
        "shop.yaml: is not YAML (line 11: 'zone' is written twice); correct it"
    ]


def test_a_directory_without_shops_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match="holds no <shop>"):
        load_shops(tmp_path)
    with pytest.raises(BadBundle, match="not a directory"):
        load_shops(tmp_path / "nowhere")
