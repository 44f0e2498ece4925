"""Different things are not ranked: a loss is compared with one of the same kind, on the same data; ties are ties."""

from pathlib import Path

import pytest

from backprop_lab.report.sweep.sentences import verdict
from backprop_lab.sweep.comparable import problem
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.table import by_problem, lines, settings
from conftest import Program

SMALL = ("-m", "dataset.n_samples=60", "epochs=2", "engine=by_hand", "logger=none", "callbacks=[frames]")


@pytest.mark.parametrize(
    ("values", "defining"),
    [
        ({"loss": "mse", "model.hidden": 3}, ["loss"]),
        ({"dataset": "moons", "optimizer.lr": 0.1}, ["dataset"]),
        ({"dataset.noise": 0.3, "seed": 1}, ["dataset.noise"]),
        ({"dataset.radius": 0.3, "loss": "bce"}, ["dataset.radius", "loss"]),
        ({"experiment": "xor_mlp"}, ["experiment"]),
        ({"dataset.n_samples": 10, "dataset.batch_size": 5, "dataset.val_fraction": 0.1}, []),
        ({"model": "mlp", "optimizer": "adam", "penalty": "l2", "epochs": 3}, []),
    ],
)
def test_what_makes_another_problem(values: dict[str, object], defining: list[str]) -> None:
    assert list(problem(values)) == defining


@pytest.mark.parametrize(
    ("swept", "keys"),
    [
        (("loss=bce,mse", "model.hidden=2,3"), "loss"),
        (("dataset=circle,moons", "model.hidden=2,3"), "dataset"),
        (("dataset.noise=0,0.3", "optimizer.lr=0.1,0.3"), "dataset.noise"),
        (("dataset=circle,moons", "loss=bce,mse"), "dataset and loss"),
        (("dataset=circle,linear", "dataset.noise=0.1", "optimizer.lr=0.01,0.02"), "dataset"),
    ],
)
def test_there_is_no_best_over_different_problems(
    program: Program, tmp_path: Path, swept: tuple[str, ...], keys: str
) -> None:
    done = program(*SMALL, *swept, "hydra.sweep.dir=sweep")
    assert done.status == 0, done.err
    assert f"ranked only within the same {keys}" in done.out.splitlines()
    jobs = Sweep(tmp_path / "sweep").jobs()
    ranked = settings(jobs)
    problems = by_problem(ranked)
    assert len(problems) == len({setting.problem for setting in ranked}) > 1
    for same in problems:
        assert [s.mean("val_loss") for s in same] == sorted(s.mean("val_loss") for s in same)
    said = verdict(ranked, jobs)
    assert said.best == f"Settings are ranked only within the same {keys}."
    for same in problems:
        assert f"{same[0].problem}: " in f"{said.reached[0].lower()}{said.reached[1:]}"
    page = (tmp_path / "sweep" / "report.html").read_text()
    assert "Best:" not in page
    assert said.best in page


def test_one_problem_has_a_best(program: Program, tmp_path: Path) -> None:
    done = program(*SMALL, "model.hidden=2,3", "dataset.batch_size=8,16", "report=false", "hydra.sweep.dir=sweep")
    assert "ranked only" not in done.out
    jobs = Sweep(tmp_path / "sweep").jobs()
    assert verdict(settings(jobs), jobs).best.startswith("Best: ")


def test_ties_are_called_ties(program: Program, tmp_path: Path) -> None:
    """Settings that make no difference, of one epoch; and two of three that do."""
    done = program(*SMALL, "figures=true,false", "report=false", "hydra.sweep.dir=equal")
    assert done.status == 0, done.err
    jobs = Sweep(tmp_path / "equal").jobs()
    assert verdict(settings(jobs), jobs).best == "All equal: figures true / figures false."
    program(*SMALL, "schedule=step", "schedule.every_n_epochs=1,50,60", "report=false", "hydra.sweep.dir=two")
    jobs = Sweep(tmp_path / "two").jobs()
    assert verdict(settings(jobs), jobs).best == "Best, 2 tied: every_n_epochs 50 / every_n_epochs 60."


def test_a_table_that_is_too_wide_has_a_line_for_each_setting(program: Program, tmp_path: Path) -> None:
    assert program(*SMALL, "optimizer.lr=0.1,0.3", "seed=1,2", "report=false", "hydra.sweep.dir=sweep").status == 0
    jobs = Sweep(tmp_path / "sweep").jobs()
    wide = lines(jobs, 60)
    assert wide == lines(jobs)
    narrow = lines(jobs, 30)
    assert len(narrow) == 2
    for row, line in zip(wide[1:], narrow, strict=True):
        assert all(cell in line for cell in row.split("  ") if cell)
        assert line.startswith("optimizer.lr 0.")
