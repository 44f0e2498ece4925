"""``scripts/screenshot.py``: the picture it writes, and what it says to wrong input."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import image

from conftest import ROOT, Program, environment

PAGE = """<!doctype html><html data-ready><style>
  body { margin: 0; background: #fff } section { height: 300px; background: #f00 }
  #low { margin-top: 2000px; background: #0f0 } @media (prefers-color-scheme: dark) { section { background: #00f } }
</style><section id="top"></section><section id="low"></section><div style="height: 2000px"></div></html>"""
needs_chromium = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(
    ("options", "colour"), [([], [1, 0, 0]), (["dark=true"], [0, 0, 1]), (["panel=low", "dark=false"], [0, 1, 0])]
)
def test_it_shows_what_is_asked_for(tmp_path: Path, options: list[str], colour: list[int]) -> None:
    done = in_a_process(tmp_path, "width=300", "height=200", *options)
    assert (done.returncode, done.stderr) == (0, "")
    pixels = image.imread(tmp_path / "picture.png")
    assert pixels.shape[:2] == (200, 300)
    assert pixels[100, 150, :3].tolist() == colour


@needs_chromium
def test_a_panel_that_the_page_does_not_have_is_one_line(tmp_path: Path) -> None:
    done = in_a_process(tmp_path, "panel=middle")
    assert (done.returncode, done.stderr) == (2, "error: panel: got middle; allowed: top, low\n")


def in_a_process(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Playwright cannot run twice in one process, and other tests have it running in this one."""
    (folder / "report.html").write_text(PAGE)
    command = [sys.executable, str(ROOT / "scripts" / "screenshot.py"), "report.html", "picture.png", *options]
    return subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["widht=300"], "widht: no such key (got 300); did you mean width?"),
        (["width=wide"], "width: got wide; allowed: a whole number from 100 to 10,000"),
        (["dark=yes please"], "dark: got 'yes please'; allowed: true or false"),
        (["at=5"], "at: got 5; allowed: a part of the page's address, as '#epoch=5'"),
    ],
)
def test_wrong_input_is_one_line(script: Program, tmp_path: Path, options: list[str], said: str) -> None:
    (tmp_path / "report.html").write_text(PAGE)
    done = script("screenshot", "report.html", "picture.png", *options)
    assert (done.status, done.out, done.err) == (2, "", f"error: {said}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "screenshot.py: got nothing; allowed: PAGE.html PICTURE.png key=value ..."),
        (["nowhere.html", "picture.png"], "page: got nowhere.html; allowed: a file"),
        (["report.html", "picture.txt"], "picture: got picture.txt; allowed: a file in a folder that is there, "),
        (["report.html", "nowhere/picture.png"], "picture: got nowhere/picture.png; allowed: a file in a folder "),
    ],
)
def test_wrong_files_are_one_line(script: Program, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "report.html").write_text(PAGE)
    done = script("screenshot", *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"error: {said}")
