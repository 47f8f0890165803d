"""Rendering: a page's words into HTML that needs nothing but itself, and the headers that keep it so."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from connectors.gateway.pages.colors import palette
from schemas.shops import Bundle
from templates.page_words import LANGUAGE_NAMES, page_words
from templates.phrases import LANGUAGES
from templates.view import shop_name

_HERE = Path(__file__).parent
_NEUTRAL = "#3d4650"
"""The colour of pages that are no shop's."""


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Look(NamedTuple):
    """In whose name and language a page speaks; `bundle` None: in nobody's. `done`: what has just been done, a word of
    `done`; `can_undo`: it can be taken back; `asked`: the language asked for in the address, "" if none."""

    bundle: Bundle | None
    language: str
    asked: str = ""
    done: str = ""
    can_undo: bool = False

    @property
    def query(self) -> str:
        """What a form's or a link's address must carry on, with its question mark."""
        return f"?lang={self.asked}" if self.asked else ""


def page(name: str, look: Look, status: int = 200, headers: Mapping[str, str] | None = None, **shown: Any) -> Answer:
    """The page `html/<name>.html.j2`, filled."""
    bundle, words = look.bundle, page_words(look.language)
    style = _style(bundle.color if bundle else _NEUTRAL)
    spoken = bundle.languages if bundle else LANGUAGES
    html = (
        _environment()
        .get_template(f"{name}.html.j2")
        .render(
            style=Markup(style),  # noqa: S704 - our own file, and colours that the bundle's check has read
            words=words,
            look=look,
            shop=shop_name(bundle, look.language) if bundle else "",
            contact=bundle.contact if bundle else None,
            legal_name=bundle.legal_name if bundle else "",
            own_language=bundle.default_language if bundle else look.language,
            color=palette(bundle.color if bundle else _NEUTRAL)["brand"],
            languages={language: LANGUAGE_NAMES[language] for language in LANGUAGES if language in spoken},
            done=words["done"].get(look.done, ""),
            **shown,
        )
    )
    return Answer(status, html.encode(), {**_headers(style, look.language), **(headers or {})})


def problem_page(about: str, look: Look, status: int, again: int = 0) -> Answer:
    """A page that says what is wrong; `about`: refused | too_many | down | elsewhere | unread. The same for all whom it
    concerns: it holds nothing of the link or of whom it may have been for."""
    headers = {"Retry-After": str(again)} if again else {}
    return page("problem", look, status, headers, about=page_words(look.language)[about])


def see_other(address: str) -> Answer:
    """Go on to that address, with GET: reloading it sends nothing again."""
    return Answer(303, b"", {"Location": address})


def _headers(style: str, language: str) -> dict[str, str]:
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'"
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": language,
        "Content-Security-Policy": f"{policy}; base-uri 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
        "Referrer-Policy": "same-origin",  # no-referrer would make browsers hide a form's origin from us, too
    }


@cache
def _style(color: str) -> str:
    """The style sheet in a shop's colours."""
    sheet = (_HERE / "page.css").read_text("utf-8")
    for name, value in palette(color).items():
        sheet = sheet.replace(f"${name};", f"{value};")
    return sheet


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
