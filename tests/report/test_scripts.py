"""The pages' own JavaScript is linted as the browser gets it: all files of a page as one script."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from backprop_lab.report import document, run_page, sweep_page
from conftest import ROOT


@pytest.mark.parametrize("page", [run_page, sweep_page], ids=lambda page: page.__name__)
def test_the_scripts_are_clean(page: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "page.js"
    script.write_text(document.script_of(page.SCRIPTS), encoding="utf-8")
    oxlint = Path(sys.executable).with_name("oxlint")
    command = [str(oxlint), "--config", str(ROOT / ".oxlintrc.json"), str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_script_and_style_is_used() -> None:
    used = {*run_page.SCRIPTS, *run_page.STYLES, *sweep_page.SCRIPTS, *sweep_page.STYLES}
    files = {
        str(file.relative_to(document.PAGE)) for file in document.PAGE.rglob("*.*") if file.suffix in (".js", ".css")
    }
    assert files == used


def test_every_function_is_called_somewhere() -> None:
    """The linter sees one page at a time, and what a page does not call may be for the other one."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in document.PAGE.rglob("*.js"))
    declared = re.findall(r"^(?:async )?function (\w+)|^const (\w+)", text, re.MULTILINE)
    assert [name for pair in declared for name in pair if name and len(re.findall(rf"\b{name}\b", text)) < 2] == []
