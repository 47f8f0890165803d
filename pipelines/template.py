"""The flex template's metadata: every parameter of the live job, as Dataflow shows and checks them."""

import json
import sys
from pathlib import Path
from typing import Any

from pipelines.options import OPTIONS, Option


def metadata() -> dict[str, Any]:
    """The metadata, in Dataflow's words. At-least-once is not offered."""
    return {
        "name": "Awizo",
        "description": "Parcel tracking and customer notification, live, from Pub/Sub.",
        "streaming": True,
        "supportsAtLeastOnce": False,
        "supportsExactlyOnce": True,
        "defaultStreamingMode": "EXACTLY_ONCE",
        "parameters": [_parameter(option) for option in OPTIONS],
    }


def _parameter(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "label": option.label,
        "helpText": option.meaning,
        "paramType": "TEXT",
        "isOptional": True,
        "regexes": [f"^{option.pattern}$"],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(metadata(), indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
