"""Paths into a payload (see `schemas.webhooks`): what is not there reads as absent, nothing raises."""

import re
from collections.abc import Iterator
from typing import Any

from couriers.fields import text

_STEP = re.compile(r"([\w@-]+)(?:\{([^{}]+)\})?")
_TRUE = frozenset({"true", "yes", "1", "on", "tak", "так"})


def at(node: Any, path: str) -> Any:
    """What stands at the path; None if nothing does."""
    for step in re.split(r"\.(?![^{]*\})", path):
        found = _STEP.fullmatch(step)
        if found is None or not isinstance(node, dict):
            return None
        node = node.get(found[1])
        if found[2] is not None:
            node = _entry(node, found[2])
    return node


def _entry(node: Any, name: str) -> Any:
    """The value of a list's last entry with that key (Woo's meta_data) or name (Shopify's note_attributes)."""
    if not isinstance(node, list):
        return None
    named = [one for one in node if isinstance(one, dict) and name in (one.get("key"), one.get("name"))]
    return named[-1].get("value") if named else None


def text_at(node: Any, *paths: str) -> str:
    """The first of the paths that has a text (or a whole number); "" if none has."""
    return next(filter(None, (text({"found": at(node, path)}, "found") for path in paths)), "")


def is_true_at(node: Any, *paths: str) -> bool:
    """Whether one of the paths says yes."""
    return any(_says_yes(at(node, path)) for path in paths)


def _says_yes(value: Any) -> bool:
    return value is True or text({"found": value}, "found").casefold() in _TRUE


def each_at(node: Any, path: str | None) -> Iterator[tuple[str, Any]]:
    """The parcels of a list or of an object, each with its place; the node itself if there is no path."""
    if path is None:
        yield "", node
        return
    found = at(node, path)
    if isinstance(found, list):
        for index, one in enumerate(found):
            yield f"{path}[{index}]", one
    elif isinstance(found, dict):
        for key, one in found.items():
            yield f"{path}.{key}", {**(one if isinstance(one, dict) else {}), "@key": key}
