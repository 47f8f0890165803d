"""The demo's replay breaks no rule, by the word of a checker that shares no code with the rules."""

import ast
from pathlib import Path

from checking.checker import violations
from checking.run import Outputs, told
from checking.world import Bundles

CHECKING = Path(__file__).with_name("checking")
ROOMS = {"couriers", "templates", "connectors", "pipelines"}


def imported(file: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def test_the_checker_shares_no_code_with_what_it_checks() -> None:
    files = list(CHECKING.rglob("*.py"))
    assert len(files) > 5
    assert {module for file in files for module in imported(file) if module.partition(".")[0] in ROOMS} == set()


def test_the_demos_replay_breaks_no_rule(demo_log: list[bytes], bundles: Bundles, demo_run: Outputs) -> None:
    assert len(told(demo_run)) > 300
    assert violations(demo_log, bundles, demo_run) == []
