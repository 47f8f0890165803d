"""What a worker is built from: the source distribution, installed alone, has every module and every file of data."""

import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "couriers", "templates", "connectors", "pipelines")
CACHES = shutil.ignore_patterns("__pycache__", "*.pyc")
FILES = sorted(
    path.relative_to(ROOT)
    for room in ROOMS
    for path in (ROOT / room).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)

IMPORT_ALL = """
import importlib, json, sys
where = {}
for name in json.load(sys.stdin):
    where[name] = importlib.import_module(name).__file__
json.dump(where, sys.stdout)
"""


def module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = [module(path) for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]


def run(*command: str | Path, cwd: Path, given: str = "") -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as Beam builds what it stages for workers: from a fresh copy of the repository."""
    copy = tmp_path_factory.mktemp("source")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=CACHES)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", copy / "dist", cwd=copy)
    (built,) = (copy / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def empty(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the dependencies (by their path) and, installed into itself, nothing but the distribution."""
    home = tmp_path_factory.mktemp("worker")
    venv.create(home, with_pip=False)
    (own,) = home.glob("lib/python*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    (own / "dependencies.pth").write_text("\n".join(others))
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed")
    run(sys.executable, "-m", "pip", "--python", home / "bin" / "python", *install, sdist, cwd=home)
    return home


def test_a_worker_imports_every_module_from_what_was_installed(empty: Path) -> None:
    said = run(empty / "bin" / "python", "-I", "-c", IMPORT_ALL, cwd=empty, given=json.dumps(MODULES))
    where: dict[str, str] = json.loads(said.splitlines()[-1])
    assert set(where) == set(MODULES)
    assert len(where) > 200
    assert {path for path in where.values() if path is None or not Path(path).is_relative_to(empty)} == set()


def test_a_worker_has_every_file_of_data_byte_for_byte(empty: Path) -> None:
    (own,) = empty.glob("lib/python*/site-packages")
    assert [path for path in FILES if path.suffix != ".py"]
    assert [path for path in FILES if not (own / path).is_file()] == []
    assert [path for path in FILES if (own / path).read_bytes() != (ROOT / path).read_bytes()] == []


@pytest.mark.parametrize(
    "command",
    [("couriers",), ("preview", "shipped", "--shop", "shops/sowa/2"), ("shops", "check", "shops")],
    ids=" ".join,
)
def test_a_worker_s_commands_find_their_tables_texts_and_layouts(command: tuple[str, ...], empty: Path) -> None:
    shutil.copytree(ROOT / "infra" / "demo" / "shops", empty / "shops", dirs_exist_ok=True)
    assert run(empty / "bin" / "awizo", *command, cwd=empty)
