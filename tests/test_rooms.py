"""The rule of imports: downward only, and the pure rooms stay pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ROOMS = {
    "schemas": {"schemas"},
    "couriers": {"schemas", "couriers"},
    "templates": {"schemas", "templates", "couriers.services"},
    "pipelines.rules": {"schemas", "pipelines.rules", "couriers.services"},
    "connectors": {"schemas", "couriers", "templates", "pipelines.rules", "connectors"},
    "connectors.platforms": {"schemas", "couriers", "connectors.platforms"},
    "pipelines": {"schemas", "couriers", "templates", "connectors", "pipelines"},
}
"""A room, and what it may import of ours (`couriers.services` is mere data about couriers). The longest name that fits
says in which room a module is."""

PURE = ("couriers", "connectors.platforms", "templates", "pipelines.rules")

EFFECTS = {
    "apache_beam",
    "twilio",
    "sendgrid",
    "google",
    "sqlalchemy",
    "alembic",
    "fastapi",
    "urllib3",
    "requests",
    "http",
    "socket",
    "random",
    "secrets",
    "subprocess",
    "threading",
}
"""What a pure room never imports: Beam, SDKs, the network, chance."""

OURS = tuple({room.partition(".")[0] for room in ROOMS})

MODULES = sorted(
    path.relative_to(ROOT) for room in OURS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts
)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, at any depth."""
    for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name of the module"
            yield node.module or ""
            yield from (
                f"{node.module}.{alias.name}" for alias in node.names if is_module(f"{node.module}.{alias.name}")
            )


def is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def room_of(path: Path) -> str:
    name = ".".join(path.with_suffix("").parts)
    return max((room for room in ROOMS if within(name, room)), key=len)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_only_rooms_below_its_own(path: Path) -> None:
    allowed = ROOMS[room_of(path)]
    ours = [name for name in imports(path) if name.partition(".")[0] in OURS and name not in OURS]
    above = [name for name in ours if not any(within(name, room) or within(room, name) for room in allowed)]
    assert not above


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) in PURE], ids=str)
def test_a_pure_module_imports_no_effects(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imports(path)} & EFFECTS


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) in ("schemas", *PURE)], ids=str)
def test_a_rule_never_asks_the_machines_clock(path: Path) -> None:
    calls = {
        ast.unparse(node.func) for node in ast.walk(ast.parse((ROOT / path).read_bytes())) if isinstance(node, ast.Call)
    }
    assert not calls & {
        "time.time",
        "datetime.now",
        "datetime.utcnow",
        "date.today",
        "datetime.today",
        "time.monotonic",
    }


def test_the_pipelines_room_opens_without_importing_anything() -> None:
    assert not (ROOT / "pipelines" / "__init__.py").read_text().strip()


def test_no_folder_of_tests_is_a_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_an_import_upward_would_be_seen() -> None:
    allowed = ROOMS["schemas"]
    assert not any(within("pipelines.rules.track", room) for room in allowed)
    assert room_of(Path("pipelines/rules/track.py")) == "pipelines.rules"
    assert room_of(Path("pipelines/graph.py")) == "pipelines"
