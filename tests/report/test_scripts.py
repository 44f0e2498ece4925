"""The pages' own JavaScript is linted as the browser gets it: all files of a page as one script."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from backprop_lab.report import document
from backprop_lab.report.playground import page as playground_page
from backprop_lab.report.run import page as run_page
from backprop_lab.report.sweep import page as sweep_page
from conftest import ROOT


def declared(text: str) -> list[str]:
    """The names that scripts have in common."""
    return re.findall(r"^(?:async function|function|const|let) (\w+)", text, re.MULTILINE)


@pytest.mark.parametrize("page", [run_page, sweep_page], ids=lambda page: page.__name__)
def test_the_scripts_are_clean(page: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "page.js"
    # What this page does not call of the common files, the other one may; the test below looks at both.
    common = [name for file in (document.PAGE / "common").glob("*.js") for name in declared(file.read_text("utf-8"))]
    script.write_text(f"{document.script_of(page.SCRIPTS)}\nvoid {{ {', '.join(common)} }};\n", encoding="utf-8")
    oxlint = Path(sys.executable).with_name("oxlint")
    command = [str(oxlint), "--config", str(ROOT / ".oxlintrc.json"), str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_script_and_style_is_used() -> None:
    pages = (run_page, sweep_page, playground_page)
    used = {name for page in pages for name in [*page.SCRIPTS, *run_page.STYLES, *sweep_page.STYLES]}
    files = {
        str(file.relative_to(document.PAGE)) for file in document.PAGE.rglob("*.*") if file.suffix in (".js", ".css")
    }
    assert files == used


def test_every_function_is_called_somewhere() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in document.PAGE.rglob("*.js"))
    assert [name for name in declared(text) if len(re.findall(rf"\b{name}\b", text)) < 2] == []


def test_no_text_goes_over_several_lines() -> None:
    """``script_of`` would change it."""
    files = document.PAGE.rglob("*.js")
    over = [
        f"{file.name}: {line}" for file in files for line in file.read_text("utf-8").splitlines() if line.count("`") % 2
    ]
    assert over == []


def test_only_comments_and_blanks_are_left_out() -> None:
    """All that is left of the files is in the script, and nothing else."""
    script = document.script_of(run_page.SCRIPTS).removeprefix('"use strict";')
    lines = [
        re.sub(r"\s+// [^\"'`]*$", "", line).strip()
        for name in run_page.SCRIPTS
        for line in (document.PAGE / name).read_text("utf-8").splitlines()
    ]
    assert not [line for line in lines if " //" in line]
    code = [line for line in lines if not line.startswith(("//", "/**", "* ", "*/")) and line != "*"]
    assert script.replace("\n", "") == "".join(code)
