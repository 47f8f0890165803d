"""The generated documents are those of today's events, and complete."""

import json
from pathlib import Path

import pytest
import yaml

from schemas.documents import documents
from schemas.events import COURIER_REPORTED, SHOP_REPORTED, TYPES
from schemas.streams import LOG

FOLDER = Path(__file__).parent.parent / "schemas"

DOCUMENTS = documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_as_the_events_say(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == DOCUMENTS[name], "run `awizo schemas`"


def test_no_document_is_left_of_an_event_that_is_gone() -> None:
    assert {f"json/{path.name}" for path in (FOLDER / "json").iterdir()} == {
        n for n in DOCUMENTS if n.startswith("json/")
    }


@pytest.mark.parametrize("name", [*TYPES, COURIER_REPORTED, SHOP_REPORTED])
def test_every_reference_within_a_schema_leads_somewhere(name: str) -> None:
    schema = json.loads(DOCUMENTS[f"json/{name}.json"])
    references = [part.split('"')[0] for part in DOCUMENTS[f"json/{name}.json"].split('"$ref": "#/$defs/')[1:]]
    assert set(references) <= set(schema.get("$defs", {}))


def test_the_asyncapi_document_carries_every_type_once() -> None:
    document = yaml.safe_load(DOCUMENTS["json/asyncapi.yaml"])
    carried = [name for channel in document["channels"].values() for name in channel["messages"]]
    assert sorted(carried) == sorted([*TYPES, COURIER_REPORTED, SHOP_REPORTED])
    assert set(document["channels"]) == {stream.name for stream in LOG}


def test_the_table_says_what_every_optional_field_buys() -> None:
    table = DOCUMENTS["EVENTS.md"]
    for name, model in TYPES.items():
        section = table.split(f"## {name}\n")[1].split("\n## ")[0]
        for field, about in model.model_fields.items():
            assert f"`{about.alias or field}`" in section
