"""Codes of short links."""

from templates.links import link_code, order_scope, page, way_out

KEY = b"k" * 32


def test_a_code_is_ten_letters_and_digits() -> None:
    codes = {link_code(KEY, "sowa", f"c-{number}", order_scope("10482")) for number in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 10 and code.isascii() and code.isalnum() for code in codes)


def test_a_code_depends_on_key_shop_recipient_and_scope_alone() -> None:
    code = link_code(KEY, "sowa", "c-1", "order/1")
    assert code == link_code(KEY, "sowa", "c-1", "order/1")
    others = [
        link_code(b"o" * 32, "sowa", "c-1", "order/1"),
        link_code(KEY, "lela", "c-1", "order/1"),
        link_code(KEY, "sowa", "c-2", "order/1"),
        link_code(KEY, "sowa", "c-1", "order/2"),
        link_code(KEY, "sowa", "c-1/order", "1"),
    ]
    assert code not in others


def test_a_link_of_an_sms_has_33_characters() -> None:
    link = page("sowa.example", link_code(KEY, "sowa", "c-1", "order/1"))
    assert len(link) == 33
    assert link.startswith("https://sowa.example/p/")
    assert way_out("sowa.example", "x").startswith("https://sowa.example/u/")
