"""Every command in the README and docs/ works, what they show is what comes out, and their links lead somewhere."""

import csv
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab import evaluate, export, playground
from backprop_lab.report import __main__ as report_main
from backprop_lab.sweep import __main__ as sweep_main
from conftest import OWN, ROOT, Program, environment
from engines.rungs import fitted

# The README first, then the pages under docs/; a command that two of them print is run once.
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
README = DOCUMENTS["README.md"]
TEXT = "\n".join(DOCUMENTS.values())
OWN_DATA = DOCUMENTS["docs/own-data.md"]  # whose commands need its file
CLUSTERS = DOCUMENTS["docs/clusters.md"]  # whose commands need a cluster: see tests/sweep/places
OTHERS = "\n".join(text for text in DOCUMENTS.values() if text is not OWN_DATA and text is not CLUSTERS)
COMMANDS = [shlex.split(line) for line in dict.fromkeys(re.findall(r"^\$ (.+)$", OTHERS, re.MULTILINE))]
MOST_LINES = 250
# Shown to work as they stand, but with less to do.
SHORTER = ["epochs=2", "engine=module", "logger=none", "report=false"]


def shown(name: str) -> str:
    """The block of output that one of the documents shows under ``name``."""
    blocks: list[str] = re.findall(rf"<!-- output: {name} -->\n```text\n(.*?)\n?```", TEXT, re.DOTALL)
    assert len(blocks) == 1, name
    return blocks[0]


def shape_of(text: str) -> list[str]:
    """Lines with the digits and the widths of columns taken out, which differ from machine to machine."""
    lines = (re.sub(r"[\d.,:-]+(e-\d+)?", "0", line) for line in text.strip().splitlines())
    return [re.sub(r"\s+", " ", line).strip() for line in lines]


def test_the_block_of_the_main_job_is_what_it_prints(tmp_path: Path) -> None:
    """Through ``make``, as a new user would."""
    if not (ROOT / ".venv" / "ready").exists():
        pytest.skip("make has not set up .venv here")
    done = subprocess.run(
        ["make", "train", f"ARGS=hydra.run.dir={tmp_path}/outputs/runs/2026-01-01/12-00-00-000000"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.split("hydra.run.dir=")[1].partition("\n")[2].replace(f"{tmp_path}/", "")
    assert shape_of(said) == shape_of(shown("train"))
    assert shown("train").splitlines()[:4] == said.splitlines()[:4]


def test_make_train_passes_settings_on_instead_of_its_own() -> None:
    command = ["make", "--dry-run", "train", "ARGS=dataset=xor model=single_layer"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].endswith("-m train dataset=xor model=single_layer")


@pytest.fixture(autouse=True)
def _mine(tmp_path: Path) -> None:
    """The folder of options of one's own that the commands name."""
    shutil.copytree(OWN, tmp_path / "mine")


REFUSED = {"refusal": "model.hiden=4", "own refusal": "optimizer.rho=2"}


@pytest.mark.parametrize("block", REFUSED)
def test_the_refusal_is_what_it_prints(program: Program, block: str) -> None:
    (command,) = (command for command in COMMANDS if REFUSED[block] in command)
    done = program(*command[3:])
    assert done.status == 2
    assert done.err.strip() == shown(block).strip()


def trainings() -> list[list[str]]:
    return [
        command[3:]
        for command in COMMANDS
        if command[:3] == ["python", "-m", "train"] and not set(REFUSED.values()) & set(command)
    ]


SINGLE = [arguments for arguments in trainings() if "-m" not in arguments and not arguments[0].startswith("resume=")]


LARGE = [
    arguments
    for arguments in trainings()
    if "-m" in arguments and any("batched" in argument or "experiment=" in argument for argument in arguments)
]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", LARGE, ids=" ".join)
def test_each_large_sweep_of_the_documents_works_with_two_starts(program: Program, arguments: list[str]) -> None:
    done = program(*arguments, "seed=range(2)", "epochs=2", "report=false")
    assert done.status == 0, done.err
    assert done.out.startswith("batched  ")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", SINGLE, ids=" ".join)
def test_each_training_of_the_documents_works(program: Program, arguments: list[str]) -> None:
    given = {argument.partition("=")[0] for argument in arguments}
    shorter = [argument for argument in SHORTER if argument.partition("=")[0] not in given]
    every = "callbacks.decision_boundary.every_n_epochs"
    done = program(*arguments, *shorter, *([f"{every}=1"] if every in given else []))
    assert done.status == 0, done.err


@pytest.mark.slow
def test_the_commands_that_follow_a_run_and_a_sweep_work(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*SHORTER, "hydra.run.dir=outputs/runs/DATE/TIME").status == 0
    (sweep,) = (arguments for arguments in trainings() if "-m" in arguments and arguments not in LARGE)
    done = program(*sweep, *SHORTER, "hydra.sweep.dir=outputs/sweeps/DATE/TIME")
    assert done.status == 0, done.err
    columns = [line.split() for line in shown("sweep").splitlines() if line.startswith("model.hidden")]
    assert [line.split() for line in done.out.splitlines() if line.startswith("model.hidden")] == columns

    followers: dict[str, Callable[[list[str]], int]] = {
        "backprop_lab.report": report_main.main,
        "backprop_lab.sweep": sweep_main.main,
        "backprop_lab.evaluate": evaluate.main,
        "backprop_lab.export": export.main,
        "train": lambda arguments: program(*arguments).status,
    }
    ran = 0
    for command in COMMANDS:
        if command[0] == "python" and any("DATE/TIME" in argument for argument in command):
            assert followers[command[2]](command[3:]) == 0, command
            ran += 1
    assert ran == 10
    for cell in re.findall(r"```python\n(.*?)```", DOCUMENTS["docs/export.md"], re.DOTALL):
        subprocess.run([sys.executable, "-W", "error", "-c", cell], cwd=tmp_path, env=environment(), check=True)


@pytest.mark.slow
def test_the_way_from_a_spreadsheet_to_an_answer_works_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line as it is typed in a shell."""
    monkeypatch.chdir(tmp_path)
    (cell,) = re.findall(r"```python\n(.*?)```", OWN_DATA, re.DOTALL)
    exec(cell, {})
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    said = []
    for line in re.findall(r"^\$ (.+)$", OWN_DATA, re.MULTILINE):
        done = subprocess.run(
            ["bash", "-c", line], env={**environment(), "PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    for made, block in zip(said, ("own data", "own data folds"), strict=False):
        assert shape_of(made)[-8:] == shape_of(shown(block))[-8:]
    assert said[0].splitlines()[:3] == shown("own data").splitlines()[:3]
    assert [line for line in said[1].splitlines() if "by fold" in line] == [
        line for line in shown("own data folds").splitlines() if "by fold" in line
    ]
    refused = subprocess.run(
        ["bash", "-c", "python -m train dataset=csv dataset.path=flowers.csv dataset.target=kind"],
        env={**environment(), "PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (refused.returncode, refused.stderr.strip()) == (2, shown("own data refused"))
    assert "predicted species" in Path("answers.csv").read_text(encoding="utf-8")
    network = runpy.run_path("network.py")
    with Path("answers.csv").open(newline="", encoding="utf-8") as file:
        answers = list(csv.DictReader(file))
    probabilities = [[float(row[f"probability of {name}"]) for name in network["CLASSES"]] for row in answers]
    np.testing.assert_allclose(network["predict"](answers), probabilities, atol=1e-6)


@pytest.mark.slow
def test_the_notebook_of_the_documents_works(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert program(*SHORTER, "hydra.run.dir=outputs/runs/DATE/TIME").status == 0
    cells = [block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "\nrun = " in block]
    monkeypatch.chdir(tmp_path)
    ran = []
    for cell in cells:
        names: dict[str, Any] = {}
        exec(cell, names)
        ran.append(names["run"])
    opened = [run for run in ran if run.folder == Path("outputs/runs/DATE/TIME")]
    assert len(ran) == 2
    assert len(opened) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings(r"ignore:::pytorch_lightning|lightning_fabric")
@pytest.mark.filterwarnings(r"ignore:.*LeafSpec:FutureWarning")
def test_the_trainer_of_the_documents_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cell,) = (block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "pl.Trainer(" in block)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(cell, names)
    task = names["learner"].task
    state, _ = fitted("module", task)
    for network in (names["learner"].network, names["again"].network):
        assert {name: tensor.numpy().tobytes() for name, tensor in network.state_dict().items()} == {
            name: weight.tobytes() for name, weight in state.weights.items()
        }


def test_the_numbers_that_the_documents_show_of_a_graph_come_out() -> None:
    (cell,) = (block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "graph.svg" in block)
    names: dict[str, Any] = {}
    exec(cell, names)
    shown_gradients = re.search(r"d\.grad  # (\(.*\))", cell)
    assert shown_gradients is not None
    assert str(tuple(names[name].grad for name in "abd")) == shown_gradients[1]


def test_a_lesson_runs_as_a_script(tmp_path: Path) -> None:
    (command,) = (command for command in COMMANDS if command[1].startswith("scripts/lessons/"))
    done = subprocess.run(
        [sys.executable, ROOT / command[1]], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert "exercise 1: not answered yet" in done.stdout
    assert list((tmp_path / "outputs" / "lessons").iterdir())


@pytest.mark.slow
def test_tensorboard_answers(program: Program, tmp_path: Path) -> None:
    assert ["tensorboard", "--logdir", "outputs"] in COMMANDS
    assert program("epochs=1", "engine=module").status == 0
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("tensorboard")), "--logdir", "outputs", "--port", "0"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stderr is not None
        address = next(match[1] for line in server.stderr if (match := re.search(r"(http://localhost:\d+)", line)))
        deadline = time.monotonic() + 30
        runs = ""
        while "tensorboard" not in runs and time.monotonic() < deadline:
            with urllib.request.urlopen(f"{address}/data/runs") as answer:
                runs = answer.read().decode()
            time.sleep(0.2)
        assert "/tensorboard" in runs
    finally:
        server.terminate()
        server.communicate()


def test_no_command_of_the_documents_is_left_out() -> None:
    """Those of ``make``: this test runs inside ``make test``, and ``make train`` is run above."""
    others = [
        command
        for command in COMMANDS
        if command[:3] not in (["python", "-m", "train"], PLAYGROUND) and "DATE/TIME" not in " ".join(command)
    ]
    assert others == [
        ["make", "train"],
        ["make", "test"],
        ["python", "scripts/compare_engines.py", "dataset=xor", "steps=100"],
        ["python", "scripts/lessons/01_derivatives.py"],
        ["tensorboard", "--logdir", "outputs"],
    ]


PLAYGROUND = ["python", "-m", "backprop_lab.playground"]


def test_the_commands_of_the_playground_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [command for command in COMMANDS if command[:3] == PLAYGROUND]
    assert {argument.partition("=")[0] for command in commands for argument in command[3:]} == {"to", "from"}
    for command in commands:
        assert playground.main(command[3:]) == 0
    assert Path("playground.html").exists()


@pytest.mark.slow
def test_the_comparison_is_what_it_prints() -> None:
    command = [sys.executable, *next(c for c in COMMANDS if c[:2] == ["python", "scripts/compare_engines.py"])[1:]]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    losses = [line.split()[:6] for line in done.stdout.splitlines()[:-1]]
    assert losses == [line.split()[:6] for line in shown("compare").splitlines()[:-1]]


def links_of(document: str) -> list[tuple[str, str]]:
    """The file and the heading, either of which may be empty, of each link and picture that is not on the web."""
    prose = re.sub(r"^```.*?^```$", "", DOCUMENTS[document], flags=re.DOTALL | re.MULTILINE)
    links = [link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]
    return [(file, heading) for file, _, heading in links]


def anchors_of(document: str) -> set[str]:
    """The names that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.+)$", DOCUMENTS[document], re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_pictures_are_there(document: str) -> None:
    for file, heading in links_of(document):
        target = (ROOT / document).parent / file if file else ROOT / document
        assert target.exists(), file
        if heading:
            assert heading in anchors_of(target.resolve().relative_to(ROOT).as_posix()), f"{file}#{heading}"


def test_the_readme_can_be_read_and_leads_to_every_page() -> None:
    assert len(README.splitlines()) <= MOST_LINES
    assert {name for name in DOCUMENTS if name != "README.md"} <= {file for file, _ in links_of("README.md")}


def test_every_picture_is_shown() -> None:
    shown_files = {((ROOT / name).parent / file).resolve() for name in DOCUMENTS for file, _ in links_of(name) if file}
    assert set((ROOT / "docs").glob("*.png")) <= shown_files


def test_the_tree_shows_what_is_there() -> None:
    lines = README.split("## The tree")[1].split("```")[1].splitlines()[1:]
    folder, inside, shown_folders = ROOT, ROOT, set()
    for line in lines:
        name, _, words = line.strip().partition("  ")
        if line.startswith(" " * 8):
            words = line  # of the name above
        else:
            place = (folder if line.startswith(" ") else ROOT) / name
            assert place.exists(), line
            shown_folders.add(place)
            folder = folder if line.startswith(" ") else place
            inside = place if place.is_dir() else place.parent
        for file in re.findall(r"(?<![\w/])([\w]+(?:/|\.py|\.yaml))(?=[\s,;:)]|$)", words):
            assert (inside / file).exists() or file == "src/", (line, file)
    packages = {path.parent for path in (ROOT / "src" / "backprop_lab").glob("*/__init__.py")}
    assert packages <= shown_folders, "every package has its line"


@pytest.mark.parametrize(("version", "works"), [((3, 14, 0), False), ((3, 10, 9), False), ((3, 12, 1), True)])
def test_make_says_clearly_which_python_it_needs(tmp_path: Path, version: tuple[int, ...], works: bool) -> None:
    """With a Python of another version, which here is a script that claims to be one."""
    python = tmp_path / "python"
    claim = f"import sys; sys.version_info = {version}; exec(sys.argv[2] if sys.argv[1] == '-c' else 'print(0)')"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{claim}" "$@"\n')
    python.chmod(0o755)
    for file in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / file, tmp_path / file)
    done = subprocess.run(
        ["make", "train", f"PYTHON={python}"], cwd=tmp_path, env=environment(PATH=os.defpath), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ("needs Python 3.11, 3.12 or 3.13" in done.stdout + done.stderr) is not works
    assert done.returncode != 0 or works
