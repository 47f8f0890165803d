"""Requests that are nearly genuine: each is one that no door may take."""

import base64
import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs

from tests.gateway.asking import Asked
from tests.gateway.genuine import ALL, Genuine

Forge = Callable[[random.Random, bytes], bytes]
Spoil = Callable[[random.Random, str], str]


def _flip(rng: random.Random, body: bytes) -> bytes:
    place = rng.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << rng.randrange(8))]) + body[place + 1 :]


def _insert(rng: random.Random, body: bytes) -> bytes:
    place = rng.randrange(len(body) + 1)
    return body[:place] + rng.randbytes(rng.randint(1, 4)) + body[place:]


def _swap(rng: random.Random, body: bytes) -> bytes:
    one, two = sorted(rng.sample(range(len(body)), 2))
    return body[:one] + body[two : two + 1] + body[one + 1 : two] + body[one : one + 1] + body[two + 1 :]


def _written_anew(rng: random.Random, body: bytes) -> bytes:
    try:
        read = json.loads(body)
    except ValueError:
        return body.replace(b"+", b"%2B" if b"%2B" not in body else b" ")
    return json.dumps(read, indent=rng.choice([None, 1, 2]), ensure_ascii=rng.random() < 0.5, sort_keys=True).encode()


BODIES: dict[str, Forge] = {
    "flipped": _flip,
    "inserted": _insert,
    "swapped": _swap,
    "cut": lambda rng, body: body[: rng.randrange(len(body))],
    "begun_late": lambda rng, body: body[rng.randint(1, len(body)) :],
    "longer": lambda rng, body: body + rng.choice([b" ", b"\n", b"\0", b"\r\n", b"&a=b", b"}"]),
    "twice": lambda _rng, body: body * 2,
    "written_anew": _written_anew,
    "another_alphabet": lambda rng, body: body.decode("utf-8").encode(rng.choice(["utf-16", "utf-32", "utf-8-sig"])),
    "zipped": lambda rng, body: gzip.compress(body, mtime=rng.randrange(1_000)),
    "in_base64": lambda _rng, body: base64.b64encode(body),
    "capitals": lambda _rng, body: body.upper(),
    "random": lambda rng, body: rng.randbytes(len(body)),
}


def _other_char(rng: random.Random, said: str) -> str:
    place = rng.randrange(len(said))
    other = rng.choice([char for char in "Aa0+/=Zz9-_" if char != said[place]])
    return said[:place] + other + said[place + 1 :]


def _in_hex(_rng: random.Random, said: str) -> str:
    try:
        return base64.b64decode(said).hex()
    except ValueError:
        return said + "00"


SEALS: dict[str, Spoil] = {
    "missing": lambda _rng, _said: "",
    "one_char_off": _other_char,
    "cut": lambda rng, said: said[: rng.randrange(len(said))],
    "longer": lambda rng, said: said + rng.choice("=Aa0.,;"),
    "twice": lambda _rng, said: f"{said}, {said}",
    "spaced": lambda rng, said: said[: len(said) // 2] + rng.choice([" ", "\t", "\u00a0"]) + said[len(said) // 2 :],
    "other_case": lambda _rng, said: said.swapcase(),
    "for_urls": lambda _rng, said: said.replace("+", "-").replace("/", "_").rstrip("="),
    "in_hex": _in_hex,
    "foreign_letters": lambda rng, said: said[:-1] + rng.choice("кżé\udcff"),
    "random": lambda rng, said: base64.b64encode(rng.randbytes(32)).decode(),
    "last_bits": lambda _rng, said: _last_bits(said),
    "quoted": lambda _rng, said: f'"{said}"',
}


def _last_bits(said: str) -> str:
    """Base64 whose unused bits are set: another spelling of the same bytes."""
    bare, letters = said.rstrip("="), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    if bare == said or bare[-1] not in letters:
        return said + "A"
    return bare[:-1] + letters[letters.index(bare[-1]) ^ 1] + said[len(bare) :]


QUERIES: dict[str, Spoil] = {
    "longer": lambda rng, query: f"{query}&x={rng.randrange(100)}",
    "one_char_off": _other_char,
    "none": lambda _rng, _query: "",
    "in_other_order": lambda _rng, query: "&".join(reversed(query.split("&"))) + "&",
    "other_spelling": lambda _rng, query: query.replace("=", "%3D", 1),
}


def forged(genuine: Genuine, rng: random.Random) -> Iterator[tuple[str, Asked]]:
    """One of each way of forging, without end: how, and the request."""
    while True:
        for way in ways(genuine):
            asked = way[1](rng)
            if not same(genuine, asked):
                yield f"{genuine.name}:{way[0]}", asked


def ways(genuine: Genuine) -> list[tuple[str, Callable[[random.Random], Asked]]]:
    """Every way in which this one can be forged."""
    asked = genuine.asked
    found: list[tuple[str, Callable[[random.Random], Asked]]] = []
    for name, forge in BODIES.items() if genuine.signs_body else ():
        found.append((f"body_{name}", lambda rng, forge=forge: replace(asked, body=forge(rng, asked.body))))
    for seal in genuine.seals:
        for name, spoil in SEALS.items():
            found.append((f"seal_{name}", lambda rng, spoil=spoil, seal=seal: _spoiled(asked, seal, spoil, rng)))
    for name, spoil in QUERIES.items() if genuine.signs_url and asked.query else ():
        found.append((f"url_{name}", lambda rng, spoil=spoil: replace(asked, query=spoil(rng, asked.query))))
    found.append(("another_door", lambda rng: replace(asked, path=_another(genuine, rng))))
    found.append(("another_method", lambda rng: replace(asked, method=rng.choice(["PUT", "DELETE", "PATCH"]))))
    found.append(("bare", lambda _rng: Asked(_open(asked.path), asked.body)))
    found.append(("said_to_be_zipped", _zipped(asked)))
    return found


def _spoiled(asked: Asked, seal: str, spoil: Spoil, rng: random.Random) -> Asked:
    if seal == "token":
        return replace(asked, query=f"token={spoil(rng, asked.query.removeprefix('token='))}")
    if seal == "key":
        door, _, key = asked.path.rpartition("/")
        return replace(asked, path=f"{door}/{spoil(rng, key)}".removesuffix("/"))
    headers = {**asked.headers, seal: spoil(rng, asked.headers[seal])}
    return replace(asked, headers={name: value for name, value in headers.items() if value})


def _another(genuine: Genuine, rng: random.Random) -> str:
    """The door of somebody else, or one that there is not."""
    courier = genuine.asked.path.split("/")[2]
    doors = {_open(other.asked.path) for other in ALL if other.asked.path.split("/")[2] != courier}
    return rng.choice(sorted({*doors, "/couriers/gls", "/couriers/", "/providers/twilio_2/status"}))


def _open(path: str) -> str:
    """The path without a secret in it."""
    return "/couriers/dhl" if path.startswith("/couriers/dhl/") else path


def _zipped(asked: Asked) -> Callable[[random.Random], Asked]:
    headers = {**asked.headers, "Content-Encoding": "gzip"}
    return lambda rng: replace(asked, headers=headers, body=rng.choice([asked.body, gzip.compress(asked.body)]))


def same(genuine: Genuine, asked: Asked) -> bool:
    """Does it say the very same? A form's fields may stand in any order, spelled in any way: Twilio signs them so."""
    if asked == genuine.asked:
        return True
    unchanged = replace(asked, body=genuine.asked.body) == genuine.asked
    return genuine.is_form and unchanged and _fields(asked) == _fields(genuine.asked)


def _fields(asked: Asked) -> object:
    try:
        fields = parse_qs(asked.body.decode(), keep_blank_values=True)
    except ValueError:
        return None
    return {name: set(values) for name, values in fields.items()}
