"""Terraform's files, parsed, as tests want to read them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import hcl2

TERRAFORM = Path(__file__).parents[2] / "infra" / "terraform"
FILES = sorted(TERRAFORM.glob("*.tf"))
TEXT = "\n".join(path.read_text("utf-8") for path in FILES)

META = {"for_each", "count", "provider", "depends_on", "lifecycle", "dynamic"}
"""What any resource may have."""

Body = dict[str, Any]


class Resource(NamedTuple):
    """A resource or a data source: `google_pubsub_topic`, `stream`, and what stands in it."""

    kind: str
    name: str
    body: Body


def bare(word: str) -> str:
    return word.strip('"')


def items(body: Body) -> Iterator[tuple[str, Any]]:
    """Names and values, without the parser's own."""
    yield from ((bare(name), value) for name, value in body.items() if not name.startswith("__"))


def found(section: str) -> list[tuple[str, Any]]:
    """(name, body) of every block of this sort: variable, output, locals."""
    bodies = [body for path in FILES for body in hcl2.loads(path.read_text("utf-8")).get(section, ())]
    return [item for body in bodies for item in items(body)]


def resources() -> list[Resource]:
    """Every resource and data source."""
    every = [*found("resource"), *found("data")]
    return [Resource(kind, name, body) for kind, named in every for name, body in items(named)]


def blocks(body: Body) -> Iterator[tuple[str, Body]]:
    """The blocks within a block, those made by `dynamic` too."""
    for name, value in items(body):
        if name == "dynamic":
            for each in value:
                yield from ((made, content) for made, its in items(each) for content in its["content"])
        elif isinstance(value, list) and value and isinstance(value[0], dict) and "__is_block__" in value[0]:
            yield from ((name, each) for each in value)


def strings(text: str = TEXT) -> set[str]:
    """What stands between quotes, comments left out."""
    return set(re.findall(r'"([^"\n]*)"', re.sub(r"(^|\s)#.*", "", text)))
