"""The page about texts says what is there."""

from pathlib import Path

import pytest

from templates.variables import STRUCTURES, Variables, as_context, meanings

README = (Path(__file__).parents[2] / "templates" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_table_has_every_variable_and_its_meaning(structure: type) -> None:
    for name, meaning in meanings(structure).items():
        assert f"| `{name}` | {meaning} |" in README


def test_the_table_has_no_variable_that_is_gone() -> None:
    listed = README.split("## Variables")[1].split("## A shop's own texts")[0].count("| `")
    assert listed == sum(len(meanings(structure)) for structure in STRUCTURES)


def test_every_variable_has_a_meaning() -> None:
    assert list(meanings(Variables)) == list(Variables.__slots__)
    assert as_context.__annotations__["variables"] is Variables
