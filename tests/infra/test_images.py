"""The container file, read: what it copies is let in and exists, its versions are ours, and no secret is in it."""

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from schemas.settings import SETTINGS

ROOT = Path(__file__).parents[2]
DOCKER = (ROOT / "infra" / "docker" / "Dockerfile").read_text("utf-8")
LINES = [line for line in DOCKER.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
SETUP = (ROOT / "setup.py").read_text("utf-8")
MAKE = (ROOT / "Makefile").read_text("utf-8")
LET_IN = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]


def stages() -> dict[str, list[str]]:
    """The lines of each stage by its name."""
    found: dict[str, list[str]] = {}
    for line in LINES:
        if line.startswith("FROM "):
            name = line.split(" AS ")[1]
            found[name] = []
        found[name].append(line)
    return found


def copied() -> list[str]:
    """What is copied from the repository."""
    lines = [line.split()[1:-1] for line in LINES if line.startswith("COPY ") and "--from" not in line]
    return [path for line in lines for path in line]


@pytest.mark.parametrize("path", copied())
def test_what_an_image_copies_exists_and_is_let_in(path: str) -> None:
    assert (ROOT / path).exists()
    assert any(fnmatch(path, allowed) or path.startswith(f"{allowed}/") for allowed in LET_IN)


def test_every_room_is_in_the_image() -> None:
    rooms = re.findall(r'"(\w+)"', re.findall(r"^ROOMS = \[(.*)\]$", SETUP, flags=re.MULTILINE)[0])
    assert set(rooms) <= set(copied())


def test_every_base_is_pinned_by_a_tag() -> None:
    own = set(stages())
    bases = [line.split()[1] for line in LINES if line.startswith("FROM ")]
    bases += re.findall(r"--from=(\S+)", "\n".join(line for line in LINES if line.startswith("COPY")))
    for base in bases:
        assert base in own or re.fullmatch(r"[\w./-]+:(?!latest)[\w.-]+", base), base


def test_beam_is_of_one_version_in_the_image_and_in_the_package() -> None:
    (own,) = re.findall(r'"apache-beam>=([0-9.]+),', SETUP.split("EXTRAS")[0])
    assert set(re.findall(r"beam_python3.11_sdk:(\d+\.\d+)\.\d+|prism@v(\d+\.\d+)\.\d+", DOCKER)) == {
        (own, ""),
        ("", own),
    }
    assert re.findall(r"^BEAM := v(\d+\.\d+)", MAKE, flags=re.MULTILINE) == [own]


def test_no_secret_is_named_in_an_image_or_let_into_it() -> None:
    assert not [setting.name for setting in SETTINGS if setting.name in DOCKER]
    assert (ROOT / ".dockerignore").read_text("utf-8").splitlines()[1] == "*", "nothing is let in that is not named"


def test_the_gateway_runs_as_nobody_in_particular() -> None:
    lines = stages()["gateway"]
    assert "USER 10001" in lines
    assert not [line for line in lines[lines.index("USER 10001") :] if line.startswith(("RUN", "COPY"))]


def test_what_the_launcher_runs_is_in_the_image_and_is_ours(tmp_path: Path) -> None:
    (script,) = re.findall(r"FLEX_TEMPLATE_PYTHON_PY_FILE=/template/(\S+)", DOCKER)
    asked = ["--project=tracking-test", "--experiments=streaming_mode_at_least_once"]
    done = subprocess.run(
        [sys.executable, ROOT / "infra" / "docker" / script, *asked],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "awizo: the job asks for streaming_mode_at_least_once" in done.stderr
    assert "Traceback" not in done.stderr


def test_extras_of_the_images_exist() -> None:
    extras = set(re.findall(r'^    "(\w+)": \[', SETUP, flags=re.MULTILINE))
    asked = re.findall(r"EXTRAS[?= ]+([\w,]+)", MAKE) + re.findall(r"ARG EXTRAS=([\w,]+)", DOCKER)
    assert asked
    assert {extra for names in asked for extra in names.split(",")} <= extras


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("image", "needs a running Docker engine"),
        ("plan", "needs terraform"),
        ("deploy", "needs terraform"),
    ],
)
def test_a_target_says_what_it_needs_where_that_is_missing(target: str, says: str, tmp_path: Path) -> None:
    for tool in ("sh", "bash", "git", "make"):
        if found := shutil.which(tool):
            (tmp_path / tool).symlink_to(found)
    done = subprocess.run(
        [tmp_path / "make", target],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"make {target}: {says}" in done.stdout


def test_the_image_s_python_is_one_that_the_package_supports() -> None:
    (version,) = re.findall(r"^FROM python:(\d+\.\d+)\.\d+-slim", DOCKER, flags=re.MULTILINE)
    target = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["python_version"]
    assert version == target
