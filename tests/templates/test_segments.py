"""How long an SMS is, and how it is made short."""

import pytest

from templates.segments import for_sms, is_gsm7, size, to_gsm7

SIZES = [
    ("", "GSM-7", 0, 1),
    ("Zażółć gęślą jaźń", "UCS-2", 17, 1),
    ("Zazolc gesla jazn", "GSM-7", 17, 1),
    ("€", "GSM-7", 2, 1),
    ("[x]", "GSM-7", 5, 1),
    ("📦", "UCS-2", 2, 1),
    ("a" * 160, "GSM-7", 160, 1),
    ("a" * 161, "GSM-7", 161, 2),
    ("a" * 306, "GSM-7", 306, 2),
    ("a" * 307, "GSM-7", 307, 3),
    ("ż" * 70, "UCS-2", 70, 1),
    ("ż" * 71, "UCS-2", 71, 2),
    ("ж" * 134, "UCS-2", 134, 2),
    ("ж" * 135, "UCS-2", 135, 3),
    ("€" * 81, "GSM-7", 162, 2),
    ("😀" * 36, "UCS-2", 72, 2),
    ("a" * 152 + "€" + "b" * 152, "GSM-7", 306, 3),  # an escape is never parted from its character
    ("ж" * 66 + "😀" + "ж" * 66, "UCS-2", 134, 3),  # nor the halves of an emoji
]


@pytest.mark.parametrize(("text", "encoding", "length", "segments"), SIZES)
def test_an_sms_is_counted_as_the_network_counts_it(text: str, encoding: str, length: int, segments: int) -> None:
    assert size(text) == (encoding, length, segments)


SPELLED = [
    ("Zażółć gęślą jaźń ZAŻÓŁĆ", "pl", "Zazolc gesla jazn ZAZOLC"),
    ("Київ, вул. Хрещатик", "pl", "Kyiv, vul. Khreshchatyk"),
    ("Згурський", "en", "Zghurskyi"),
    ("Щастя", "pl", "Shchastia"),
    ("Знам'янка, Знам’янка", "pl", "Znamianka, Znamianka"),
    ("Єнакієве Йосипівка Яготин Юр'ївка", "pl", "Yenakiieve Yosypivka Yahotyn Yurivka"),
    ("Відділення №12", "pl", "Viddilennia nr 12"),
    ("№ 5", "en", "nr 5"),
    ("paczka 📦🎉 jedzie ✈️", "pl", "paczka jedzie"),
    ("1\u00a0250,00\u202fzł", "pl", "1 250,00 zl"),
    ("„tak” – nie…", "pl", '"tak" - nie...'),
    ("café Ängelholm", "en", "café Ängelholm"),
    ("1250 ₴", "en", "1250 UAH"),
    ("e\u0301té", "en", "été"),
    ("`x`", "en", "'x'"),
]


@pytest.mark.parametrize(("text", "language", "spelled"), SPELLED)
def test_a_polish_or_english_sms_is_spelled_in_gsm7(text: str, language: str, spelled: str) -> None:
    assert to_gsm7(text, language) == spelled
    assert is_gsm7(spelled)


def test_a_ukrainian_sms_stays_cyrillic_without_emoji_and_hard_spaces() -> None:
    assert for_sms("Сова 📦: кур'єр,\u00a0№\u202f5", "uk") == "Сова : кур'єр, № 5"
