"""What others typed and what went wrong with them is shown as text: in terminal, table, pictures and page."""

import csv
import json
import shlex
import shutil
from pathlib import Path

import pytest

from backprop_lab.report import __main__ as report
from backprop_lab.sweep import __main__ as sweep
from conftest import ROOT

NASTY = [
    "\x1b[2J\x1b]0;title\x07", "=HYPERLINK(1)", "@SUM(1)", "\u202egnp", "$\\frac{$", "a\n  job 9  finished", "x" * 5000,
]  # fmt: skip


@pytest.fixture(params=NASTY, ids=lambda text: ascii(text)[:20])
def handed_in(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A sweep of four jobs, of which one has such a value, and one that diverged has such a reason."""
    folder = Path(shutil.copytree(ROOT / "tests" / "folders" / "format_1" / "sweep", tmp_path / "it's; $(id) \x1b"))
    for number in range(4):
        file = folder / str(number) / ".hydra" / "overrides.yaml"
        typed = request.param if number == 0 else "plain"
        file.write_text(json.dumps([f"optimizer.lr={typed}", f"{request.param}=1", f"seed={number}"]))
    receipt = folder / "3" / "summary.json"
    receipt.write_text(json.dumps(json.loads(receipt.read_text()) | {"error": request.param}))
    return folder


def test_a_table_and_a_page_of_somebody_else(handed_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep.main([str(handed_in)]) == 1  # two jobs diverged
    assert report.main([str(handed_in)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert all(line.isprintable() for line in said.out.split("\n"))
    assert max(map(len, said.out.split("\n"))) < 2000
    assert not [line for line in said.out.split("\n") if line.startswith("  job 9")]
    page = (handed_in / "report.html").read_text(encoding="utf-8")
    assert not {"\x1b", "\x07", "\u202e"} & set(page)
    with (handed_in / "sweep.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert "-" not in [cell[:1] for cell in cells if not cell.lstrip("-").replace(".", "").replace("e-", "").isdigit()]


def test_the_command_to_go_on_names_the_folder_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "x; touch pwned2 $(id) '"
    shutil.copytree(ROOT / "tests" / "folders" / "format_1" / "sweep", folder)
    (folder / "1" / "summary.json").unlink()
    monkeypatch.chdir(tmp_path)
    sweep.main([folder.name])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("resume with: ")]
    command = shlex.split(line.removeprefix("resume with: "))
    assert command == ["python", "-m", "backprop_lab.sweep", folder.name, "--complete"]
