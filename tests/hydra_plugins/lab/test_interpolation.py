"""What the user wrote as ``${...}`` is resolved once and kept as a value; what a run folder says is never resolved."""

from pathlib import Path

import pytest

from backprop_lab import evaluate
from backprop_lab.report import __main__ as report
from backprop_lab.runs.run import Run
from backprop_lab.sweep import __main__ as sweep
from conftest import Command, Program

SMALL = ("dataset.n_samples=60", "epochs=1", "engine=by_hand", "logger=none", "callbacks=[frames]", "report=false")


def kept(folder: Path) -> str:
    return (folder / ".hydra" / "config.yaml").read_text() + (folder / ".hydra" / "overrides.yaml").read_text()


def test_what_was_typed_is_resolved_and_kept_as_a_value(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATE", "1e-2")
    monkeypatch.setenv("WIDTHS", "[4,2]")
    monkeypatch.setenv("RULE", "adam")
    typed = ["seed=${oc.env:SEED,5}", "optimizer.lr=${oc.env:RATE}", "model.hidden=${oc.env:WIDTHS}"]
    done = program(*SMALL, *typed, "optimizer=${oc.env:RULE}", "log_every_n_epochs=${epochs}", "hydra.run.dir=run")
    assert done.status == 0, done.err
    run = Run(tmp_path / "run")
    assert run.config["seed"] == 5
    assert run.config["optimizer"]["lr"] == 0.01
    assert run.config["optimizer"]["name"] == "adam"
    assert run.config["model"]["hidden"] == [4, 2]
    assert "${" not in kept(run.folder)
    assert {"seed=5", "optimizer.lr=0.01", "model.hidden=[4,2]", "optimizer=adam"} <= {*run.overrides}


def test_a_file_of_ones_own_may_have_interpolations(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine" / "experiment" / "env.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# @package _global_\noptimizer:\n  lr: ${oc.env:RATE}\nlog_every_n_epochs: ${epochs}\n")
    done = program("--config-dir=mine", "experiment=env", *SMALL)
    assert done.status == 2
    assert done.err.startswith("error: optimizer.lr: got '${oc.env:RATE}'; allowed: a value that is there: ")
    assert done.err.endswith("'RATE' not found\n")
    monkeypatch.setenv("RATE", "-1")
    assert program("--config-dir=mine", "experiment=env", *SMALL).err.startswith("error: optimizer.lr: got -1; ")
    monkeypatch.setenv("RATE", "0.25")
    swept = ("-m", "--config-dir=mine", "experiment=env", *SMALL, "epochs=1,2", "hydra.sweep.dir=sweep")
    done = program(*swept)
    assert done.status == 0, done.err
    for number, epochs in enumerate((1, 2)):
        job = Run(tmp_path / "sweep" / str(number))
        assert job.config["optimizer"]["lr"] == 0.25
        assert job.config["log_every_n_epochs"] == epochs, "of this job, not of the first"
        assert "${" not in kept(job.folder)


@pytest.mark.parametrize("launcher", ["basic", "batched"])
def test_a_sweep_may_have_them_too(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, launcher: str
) -> None:
    monkeypatch.setenv("RATE", "0.125")
    line = ["-m", *SMALL, f"hydra/launcher={launcher}", "optimizer.lr=${oc.env:RATE},0.5", "hydra.sweep.dir=sweep"]
    done = program(*line, *(["engine=module", "hydra.launcher.threads=1"] if launcher == "batched" else []))
    assert done.status == 0, done.err
    assert [Run(tmp_path / "sweep" / n).config["optimizer"]["lr"] for n in "01"] == [0.125, 0.5]
    assert "optimizer.lr=0.125" in Run(tmp_path / "sweep" / "0").overrides


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("optimizer.lr=${oc.env:NOT_SET}", "optimizer.lr"),
        ("optimizer=${oc.env:NOT_SET}", "optimizer"),
        ("seed=${nowhere.to.be.found}", "seed"),
        ("seed=${seed}", "seed"),
        ("model.hidden=[4,${oc.env:NOT_SET}]", "model.hidden"),
        ("-m optimizer.lr=0.1,${oc.env:NOT_SET}", "optimizer.lr"),
        ("hydra.run.dir=${nowhere}", "hydra.run.dir"),
        ("hydra.run.dir=???", "hydra.run.dir"),
    ],
)
def test_what_is_not_there_is_one_line(program: Program, tmp_path: Path, line: str, key: str) -> None:
    done = program(*line.split())
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith(f"error: {key}: got ")
    assert [*tmp_path.iterdir()] == []


CANARY = "${oc.env:CANARY}"


def poisoned(folder: Path) -> None:
    """Somebody else's folder, which asks for a variable of the reader's at every place where a text may stand."""
    for name in ("config.yaml", "overrides.yaml"):
        file = folder / ".hydra" / name
        file.write_text(file.read_text().replace("optimizer.lr=0.3", f"optimizer.lr={CANARY}").replace("0.3", CANARY))


def test_what_a_run_folder_says_is_never_resolved(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*SMALL, "optimizer.lr=0.3", "hydra.run.dir=run").status == 0
    assert program("-m", *SMALL, "optimizer.lr=0.3", "seed=0,1", "hydra.sweep.dir=sweep").status == 0
    for folder in (tmp_path / "run", tmp_path / "sweep" / "0", tmp_path / "sweep" / "1"):
        poisoned(folder)
    (tmp_path / "sweep" / "1" / "summary.json").unlink()  # to be trained by --complete
    monkeypatch.setenv("CANARY", "0.777123")
    said = program("resume=run", "epochs=3")
    assert said.status == 2
    assert CANARY in said.err
    evaluate.main(["run=run"])
    for arguments in (["run"], ["sweep"]):
        report.main(arguments)
    sweep.main(["sweep", "--complete"])
    heard = capsys.readouterr()
    assert "0.777123" not in heard.out + heard.err + said.out + said.err
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"0.777123" not in file.read_bytes(), file


@pytest.mark.parametrize("name", ["${x}", "${oc.env:HOME}"])
def test_a_folder_whose_name_looks_like_one_is_a_folder(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "mine").mkdir()
    done = program(*SMALL, "--config-dir=mine", "hydra.run.dir=run")
    assert done.status == 0, done.err
    assert "writes to  run\n" in done.out
    assert Run(folder / "run").status == "finished"
    for launcher in ("basic", "batched"):
        line = ("-m", *SMALL, "seed=1,2", "engine=module", f"hydra/launcher={launcher}", f"hydra.sweep.dir={launcher}")
        done = program(*line)
        assert done.status == 0, done.err
    assert {path.name for path in tmp_path.iterdir()} == {name}


def test_paths_are_seen_from_where_the_user_stands(program: Program, tmp_path: Path) -> None:
    line = [argument for argument in SMALL if not argument.startswith("report")]
    done = program(*line, "hydra.job.chdir=true", "hydra.run.dir=here/run")
    assert done.status == 0, done.err
    assert done.out.splitlines()[-2:] == ["here/run", "here/run/report.html"]
    assert "writes to  here/run\n" in done.out
    assert Path.cwd() == tmp_path
    done = program("-m", *line, "hydra.job.chdir=true", "seed=1,2", "hydra.sweep.dir=here/sweep")
    assert done.out.splitlines()[-2:] == ["here/sweep", "here/sweep/report.html"]


def test_the_version_is_that_of_this_program(command: Command) -> None:
    from backprop_lab import __version__

    for line in (["--version"], ["seed=1", "--version", "epochs=3"]):
        done = command("train", *line)
        assert done.returncode == 0
        assert done.stdout.startswith(f"Backprop Lab {__version__}, Hydra 1.")
        assert done.stderr == ""
