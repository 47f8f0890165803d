"""Fill a text. Texts are Jinja templates in a sandbox; a variable that does not exist is an error, never a blank.

A text is named `<kind>.<channel>.<language>`, or `<kind>.<channel>.<language>.<segment>` for a group of customers.
Ours lie in `texts/`; a shop's own, in its bundle, take their place one by one.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.loaders import FunctionLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from schemas.errors import BadInput
from schemas.shops import Bundle

_FOLDER = Path(__file__).with_name("texts")


@cache
def built_in(name: str) -> str | None:
    """The source of a text of ours; None if there is none of that name."""
    file = _FOLDER / f"{name}.txt"
    return file.read_text("utf-8") if file.is_file() else None


@cache
def built_in_names() -> tuple[str, ...]:
    """The names of all our texts, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.txt")))


def text_name(kind: str, channel: str, language: str, segment: str = "") -> str:
    """The name of a text."""
    return ".".join(part for part in (kind, channel, language, segment) if part)


def source_of(bundle: Bundle, kind: str, channel: str, language: str, segment: str = "") -> tuple[str, str] | None:
    """Name and source of the text to use: the shop's for this segment, the shop's, ours. None if there is none."""
    for name in (text_name(kind, channel, language, segment), text_name(kind, channel, language)):
        if name in bundle.texts:
            return name, bundle.texts[name]
    ours = built_in(text_name(kind, channel, language))
    return None if ours is None else (text_name(kind, channel, language), ours)


def render(name: str, source: str, context: Mapping[str, object]) -> str:
    """The filled text, without the stray spaces that tags leave. Raises BadInput naming the text and what is wrong
    with it (never a value)."""
    try:
        return _STRAY.sub("", _compiled(source).render(context))
    except TemplateError as error:
        raise BadInput(
            f"the text cannot be filled: {error.message}; correct it or remove it", f"texts/{name}"
        ) from None
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise BadInput(f"the text cannot be filled: {type(error).__name__}; correct it", f"texts/{name}") from None


def environment() -> ImmutableSandboxedEnvironment:
    """Where texts are compiled: sandboxed, strict, without escaping (an e-mail's words are escaped when laid out)."""
    return _ENVIRONMENT


def _tidy(source: str) -> str:
    """A line that holds nothing but tags leaves no line behind."""
    return _ONLY_TAGS.sub(r"\1", source)


def _part(name: str) -> str | None:
    part = built_in(name.removesuffix(".txt"))
    return None if part is None else _tidy(part)


_STRAY = re.compile(r"(?<=\S) +(?=[,.;:?](?:\s|$))")
"""Spaces before a mark that ends something."""

_ONLY_TAGS = re.compile(r"(?m)^[ \t]*((?:\{%[^%\n]*%\}[ \t]*)+)\n")


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,
    keep_trailing_newline=True,
    loader=FunctionLoader(_part),
    cache_size=-1,
)


@lru_cache(maxsize=2048)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(_tidy(source))
