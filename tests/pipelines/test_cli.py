"""The command line as a whole: quick, one clear line for an error, exit codes told apart."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from pipelines.cli import BAD_INPUT, COMMANDS, FAILURE, awizo, main
from schemas.errors import AwizoError, BadBundle, BadInput, ConfigurationError

HEAVY = (
    "apache_beam",
    "twilio",
    "sendgrid",
    "babel",
    "pydantic",
    "sqlalchemy",
    "phonenumbers",
    "yaml",
    "rich",
    "aiohttp",
)


def test_help_imports_nothing_heavy_and_little_at_all() -> None:
    """Seconds vary from machine to machine; what is imported does not."""
    script = "import sys; before = len(sys.modules); from pipelines.cli import awizo"
    script += "; awizo.main(['--help'], standalone_mode=False)"
    script += f"; print([m for m in {HEAVY} if m in sys.modules], len(sys.modules) - before, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy, count = done.stderr.rsplit(" ", 1)
    assert heavy == "[]"
    assert int(count) < 250
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_says_what_it_does(name: str) -> None:
    command = import_module(f"pipelines.commands.{name}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_every_module_of_commands_with_a_command_is_listed() -> None:
    folder = Path(awizo.callback.__code__.co_filename).parent / "commands"  # type: ignore[union-attr]
    found = {
        path.stem
        for path in folder.glob("*.py")
        if "\ndef command(" in path.read_text() or "@click.group" in path.read_text()
    }
    assert found == set(COMMANDS)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("not a time", "--until"), BAD_INPUT),
        (BadBundle("sowa", ("shop.yaml: name: is missing; add it",)), BAD_INPUT),
        (ConfigurationError("the store is of another realm", "use its own"), FAILURE),
    ],
)
def test_an_error_of_ours_is_one_line_and_an_exit_code(
    error: AwizoError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(awizo, "main", fails)
    with pytest.raises(SystemExit) as ended:
        main([])
    said = capsys.readouterr().err
    assert ended.value.code == code
    assert said.startswith("awizo: ")
    assert said.count("\n") == 1


def test_an_unknown_command_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == BAD_INPUT
    assert "dance" in capsys.readouterr().err
