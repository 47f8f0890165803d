"""A message of the log (attributes beside a body, as Pub/Sub has it) as one structured CloudEvent."""

import base64
from collections.abc import Mapping

import msgspec


def structured(attributes: Mapping[str, str], body: bytes) -> bytes:
    """The message as one JSON object. In structured mode, and where it is no event, its body as it is."""
    plain = {name.lower().removeprefix("ce-"): value for name, value in attributes.items()}
    return _from_binary(plain, body) if "specversion" in plain else body


def _from_binary(plain: dict[str, str], body: bytes) -> bytes:
    """The binary mode's attributes as members. The body is base64: a courier's payload is named by its bytes."""
    plain.setdefault("datacontenttype", plain.get("content-type", "application/json"))
    plain.pop("data", None)
    return msgspec.json.encode({**plain, "data_base64": base64.b64encode(body).decode()})
