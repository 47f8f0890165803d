"""The documents of the events: a JSON Schema a type, one AsyncAPI document, and a table of what optional fields buy;
and the tables of metrics and settings, and their names for `infra/`.

Generated from what the modules declare, never edited: `awizo schemas` writes them, and a test fails when they drift.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from schemas import metrics, settings
from schemas.event_parts import Data
from schemas.events import COURIER_REPORTED, SHOP_REPORTED, TYPES
from schemas.streams import LOG, RESULTS, Stream, stream_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"

ENVELOPE: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "description": "with `source`, names the event: the same pair again is the same event",
        },
        "source": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "description": "who says it; a source below /shops/<shop> speaks for that shop alone",
        },
        "type": {"type": "string"},
        "time": {"type": "string", "format": "date-time", "description": "when it happened, with a zone"},
        "recordedtime": {
            "type": "string",
            "format": "date-time",
            "description": "when the log received it; without: `time`",
        },
        "subject": {"type": "string"},
        "datacontenttype": {"type": "string", "default": "application/json"},
    },
}


def documents() -> dict[str, str]:
    """Path below `schemas/` -> text, of every generated document."""
    schemas = {name: _schema(name, model) for name, model in TYPES.items()}
    schemas[COURIER_REPORTED] = _reported()
    schemas[SHOP_REPORTED] = _shop_reported()
    found = {f"json/{name}.json": _json(schema) for name, schema in schemas.items()}
    found["json/envelope.json"] = _json({"$schema": DIALECT, "title": "CloudEvents envelope", **ENVELOPE})
    found["json/asyncapi.yaml"] = yaml.safe_dump(_asyncapi(sorted(schemas)), sort_keys=False, allow_unicode=True)
    found["EVENTS.md"] = "\n".join(_table()) + "\n"
    found |= {"METRICS.md": metrics.document(), "SETTINGS.md": settings.document(), "names.json": _json(_names())}
    return found


def _names() -> dict[str, Any]:
    """What `infra/` must know by name: topics, settings, secrets and metrics."""
    return {
        "log": {stream.topic: stream.meaning for stream in LOG},
        "results": {stream.topic: stream.meaning for stream in RESULTS},
        "settings": [setting.name for setting in settings.SETTINGS if not setting.secret],
        "secrets": [setting.name for setting in settings.SETTINGS if setting.secret],
        "metrics": [metric.name for metric in metrics.METRICS],
    }


def write_documents(folder: Path) -> list[Path]:
    """Write every document below the folder; give their paths."""
    written = []
    for name, text in documents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(name: str, model: type[Data]) -> dict[str, Any]:
    """The whole event of a type: its envelope with the model as its data."""
    data = model.model_json_schema(mode="validation")
    definitions = data.pop("$defs", {})
    schema = _event(name, (model.__doc__ or "").strip(), data)
    return schema | {"required": [*ENVELOPE["required"], "data"]} | ({"$defs": definitions} if definitions else {})


def _event(name: str, description: str, data: dict[str, Any]) -> dict[str, Any]:
    properties = ENVELOPE["properties"] | {"type": {"const": name}, "data": data}
    return {"$schema": DIALECT, "title": name, "description": description, **ENVELOPE, "properties": properties}


def _reported() -> dict[str, Any]:
    """A courier's payload: its own JSON as `data`, other formats as a string or `data_base64`."""
    schema = _event(COURIER_REPORTED, "A courier's payload as it came, named by its content.", {})
    schema["properties"] |= {
        "subject": {"type": "string", "minLength": 1, "description": "the courier, e.g. inpost"},
        "via": {"enum": ["push", "answer"], "default": "answer", "description": "sent by the courier, or asked for"},
        "data_base64": {"type": "string", "contentEncoding": "base64"},
    }
    one_of = [{"required": ["data"]}, {"required": ["data_base64"]}]
    return schema | {"required": [*ENVELOPE["required"], "subject"], "anyOf": one_of}


def _shop_reported() -> dict[str, Any]:
    """A shop platform's webhook, as a courier's payload."""
    schema = _event(SHOP_REPORTED, "A shop platform's webhook as it came, named by its topic and content.", {})
    schema["properties"] |= {
        "source": {"type": "string", "pattern": "^/shops/[a-z0-9-]{2,32}(/.*)?$"},
        "subject": {"type": "string", "minLength": 1, "description": "the platform: shopify, woocommerce"},
        "topic": {"type": "string", "description": "the webhook's topic, e.g. orders/create"},
        "data_base64": {"type": "string", "contentEncoding": "base64"},
    }
    one_of = [{"required": ["data"]}, {"required": ["data_base64"]}]
    return schema | {"required": [*ENVELOPE["required"], "subject", "topic"], "anyOf": one_of}


def _asyncapi(names: list[str]) -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Awizo", "version": "1", "description": "Events that Awizo reads: CloudEvents 1.0 as JSON."},
        "defaultContentType": "application/cloudevents+json",
        "channels": {stream.name: _channel(stream, names) for stream in LOG},
        "operations": {f"read_{stream.name}": _operation(stream) for stream in LOG},
        "components": {
            "messages": {name: {"name": name, "title": name, "payload": {"$ref": f"./{name}.json"}} for name in names},
        },
    }


def _channel(stream: Stream, names: list[str]) -> dict[str, Any]:
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in names if stream_of(name) == stream}
    return {"address": stream.topic, "description": stream.meaning, "messages": messages}


def _operation(stream: Stream) -> dict[str, Any]:
    return {"action": "receive", "channel": {"$ref": f"#/channels/{stream.name}"}}


def _table() -> Iterator[str]:
    """Markdown: each type, its needed fields, and what each optional field buys."""
    yield "# Events"
    yield ""
    yield "Generated by `awizo schemas` from `schemas/events.py`. Each event is a CloudEvent (`json/envelope.json`)."
    for name, model in TYPES.items():
        yield from _section(name, model)


def _section(name: str, model: type[Data]) -> Iterator[str]:
    schema = model.model_json_schema()
    needed = schema.get("required", [])
    yield from ("", f"## {name}", "", (model.__doc__ or "").strip(), "")
    yield f"Needed: {', '.join(f'`{field}`' for field in needed)}."
    rows = list(_rows("", schema, schema.get("$defs", {})))
    if rows:
        yield from ("", "| optional field | what it is | without it |", "|---|---|---|")
        yield from rows


def _rows(prefix: str, schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    needed = schema.get("required", ())
    for field, about in schema.get("properties", {}).items():
        path = f"{prefix}{field}"
        if field not in needed:
            yield f"| `{path}` | {about.get('description', '')} | {_without(about)} |"
        inner = _inner(about, definitions)
        if inner is not None:
            yield from _rows(f"{path}.", inner, definitions)


def _without(about: dict[str, Any]) -> str:
    return str(about.get("without") or f"`{about.get('default')}`")


def _inner(about: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any] | None:
    """The object that a field holds, or holds a list of."""
    for part in (about, about.get("items", {}), *about.get("anyOf", ())):
        reference = part.get("$ref") or part.get("items", {}).get("$ref", "")
        found = definitions.get(reference.rpartition("/")[2])
        if found is not None and "properties" in found:
            return dict(found)
    return None
