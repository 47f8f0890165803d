"""What the documents show works: commands, targets, files, and the reader's own first events."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
DOCUMENTS = sorted(path for path in ROOT.rglob("*.md") if not {".venv", "node_modules", "out"} & set(path.parts))


def test_the_reader_s_first_events_become_messages(tmp_path: Path) -> None:
    script = next(block for block in BLOCKS if "first.jsonl" in block)
    here = script.replace("infra/demo", str(ROOT / "infra/demo"))
    here = here.replace(".venv/bin/awizo", str(Path(sys.executable).with_name("awizo")))
    done = subprocess.run(["bash", "-euc", here], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "order received" in done.stdout
    assert "out for delivery today" in done.stdout
    assert (tmp_path / "out/first/index.html").exists()


def test_the_readme_names_every_command_and_no_other() -> None:
    table = README[README.index("## What you can do") : README.index("## Where to read on")]
    assert set(re.findall(r"^\| `awizo (\w+)", table, flags=re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_make_targets_and_commands_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"`make (\w+)", text)) | set(re.findall(r"^make (\w+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"`awizo ([a-z]+)[ `]", text)) <= set(COMMANDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_documents_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", prose)
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []
