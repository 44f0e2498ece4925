"""A run or a sweep: the experiment says which, and what the other one alone uses is refused, not left out."""

import signal
from pathlib import Path

import pytest

from backprop_lab import train
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.experiments import sweeps
from backprop_lab.experiment import commands
from backprop_lab.options.discovery import CONFIGS, names
from backprop_lab.options.plain_yaml import read_file
from backprop_lab.runs.run import Run
from backprop_lab.training.interruption import Interrupted
from conftest import Own, Program

SMALL = ("dataset.n_samples=60", "epochs=1", "engine=by_hand", "logger=none", "callbacks=[frames]", "report=false")
PARAMS = "# @package _global_\nhydra:\n  sweeper:\n    params:\n      seed: 1,2\n"


def test_every_experiment_with_parameters_of_a_sweep_sweeps() -> None:
    for name in names("experiment"):
        hydra = read_file(CONFIGS / "experiment" / f"{name}.yaml").get("hydra", {})
        assert sweeps(name) == ("params" in hydra.get("sweeper", {})), name


def test_an_experiment_that_sweeps_does_so_without_m(program: Program, tmp_path: Path) -> None:
    line = ("experiment=width_and_rate", *SMALL, "seed=0", "model.hidden=2,3", "hydra.sweep.dir=sweep")
    done = program(*line)
    assert done.status == 0, done.err
    assert done.out.startswith("[1/6] ")
    assert [Run(tmp_path / "sweep" / str(n)).config["model"]["hidden"] for n in range(6)] == [2, 2, 2, 3, 3, 3]


@pytest.mark.parametrize("line", [["hydra.mode=RUN"], ["--run"], ["-r"]])
def test_it_can_be_one_run(program: Program, tmp_path: Path, line: list[str]) -> None:
    done = program("experiment=many_starts", *SMALL, *line, "seed=7", "hydra.run.dir=run")
    assert done.status == 0, done.err
    assert Run(tmp_path / "run").config["seed"] == 7


def test_the_mistakes_in_it_are_those_of_a_sweep(program: Program) -> None:
    done = program("experiment=circle_width", "seed=1,2", "model=single_layer")
    assert done.err.startswith("error: model.hidden: got ")
    assert "only with model=mlp" in done.err
    done = program("experiment=many_starts", "seed=1,-2")
    assert done.err.startswith("error: seed: got -2;")
    assert program("experiment=circle_width", "--cfg", "job").status == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hydra/launcher=batched", "hydra/launcher: got batched; allowed: basic; the others with -m"),
        ("seed=3 hydra/launcher=joblib", "hydra/launcher: got joblib; allowed: basic; the others with -m"),
        ("hydra/launcher=batched hydra.launcher.processes=2", "hydra/launcher: got batched;"),
        ("hydra.launcher.processes=2", "hydra.launcher.processes: got 2; allowed: only with hydra/launcher=batched"),
        ("hydra.sweep.dir=here", "hydra.sweep.dir: got here; allowed: with -m"),
        ("hydra/sweeper=basic", "hydra/sweeper: got basic; allowed: with -m"),
        ("--config-dir=mine experiment=params", "hydra.sweeper.params: got seed; allowed: with -m, or with hydra: "),
        ("-m seed=1,2 hydra.run.dir=here", "hydra.run.dir: got here; allowed: without -m;"),
        ("-m seed=1,2 hydra.mode=RUN", "hydra.mode: got RUN; allowed: MULTIRUN with -m"),
        ("--run hydra.mode=MULTIRUN", "hydra.mode: got MULTIRUN; allowed: RUN with --run"),
    ],
)
def test_what_would_be_left_out_is_refused(program: Program, tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "mine" / "experiment" / "params.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(PARAMS)
    done = program(*line.split())
    assert done.status == 2
    assert done.err.startswith(f"error: {said}")
    assert len(done.err.splitlines()) == 1
    assert [*tmp_path.iterdir()] == [tmp_path / "mine"]


def test_python_trains_one_run_and_says_so_of_a_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="hydra/launcher: got batched"):
        train("experiment=many_starts", *SMALL)
    assert train("experiment=many_starts", *SMALL, "seed=3", "hydra.mode=RUN").config["seed"] == 3


def test_the_command_of_one_job_trains_one_run(own: Own, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert commands.train("experiment=many_starts", "seed=3") == (
        "python -m train experiment=many_starts seed=3 hydra.mode=RUN"
    )
    assert commands.train("-m", "experiment=many_starts").endswith("-m experiment=many_starts")
    assert commands.train("experiment=xor_mlp", "seed=3") == "python -m train experiment=xor_mlp seed=3"
    own("optimizer", "lion", "KNOBS = {}\n")
    monkeypatch.chdir(tmp_path)
    assert commands.verb("sweep", "s", "--complete") == ("python -m backprop_lab.sweep --config-dir=mine s --complete")


def test_what_an_interrupted_run_says_names_the_folder_of_options(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Own
) -> None:
    from backprop_lab.experiment import fit

    def interrupted(*args: object) -> None:
        raise Interrupted(signal.SIGINT)

    (tmp_path / "mine").mkdir()
    monkeypatch.setattr(fit, "carry_out", interrupted)
    done = program("--config-dir=mine", *SMALL, "hydra.run.dir=run")
    assert done.status == 130
    assert "resume with: python -m train --config-dir=mine resume=run\n" in done.out
