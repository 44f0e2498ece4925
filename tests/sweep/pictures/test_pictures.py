"""Which pictures a sweep gets by its form, and what they say of large ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.sweep import success
from backprop_lab.sweep.folder import Job, Sweep
from backprop_lab.sweep.pictures import boundaries, failures
from backprop_lab.sweep.pictures import draw as pictures
from backprop_lab.sweep.pictures.predictions import cell
from conftest import Program

LINE = ("hydra/launcher=batched", "dataset=xor", "epochs=2", "callbacks=[]", "report=false")
MANY = f"seed=range({success.MANY})"
SMALL = {"decision_boundaries", "metric_by_parameter"}


def jobs_of(program: Program, *swept: str, line: Sequence[str] = LINE) -> list[Job]:
    assert program("-m", *line, *swept, "hydra.sweep.dir=sweep").status == 0
    return Sweep("sweep").jobs()


def drawn(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "sweep").glob("*.png")}


def made_up(rows: Sequence[tuple[Mapping[str, Any], str, float]], run: Run) -> list[Job]:
    """Jobs of the run's configuration, each with swept values, a status, and an accuracy."""
    return [
        Job(
            number,
            run,
            [],
            dict(values),
            Status(status),
            {"metrics": {"val_loss": 1 - accuracy, "val_acc": accuracy}},
        )
        for number, (values, status, accuracy) in enumerate(rows)
    ]


def texts_of(figure: Figure) -> str:
    parts = [figure.get_suptitle(), *(axes.get_title() + axes.get_title(loc="left") for axes in figure.axes)]
    return "\n".join([*parts, *(axes.get_xlabel() for axes in figure.axes)])


# -- which pictures there are -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("swept", "more"),
    [
        (("model.hidden=1,2", "seed=1,2"), set()),
        (("model.hidden=1,2", MANY), {"success_rate"}),
        pytest.param(("model.activation=relu,tanh", MANY), set(), marks=pytest.mark.slow),
        pytest.param(("model.hidden=[1,1],[2]", MANY), set(), marks=pytest.mark.slow),
        (("model.hidden=1,2", "optimizer.lr=0.1,1"), {"heat_map"}),
    ],
)
def test_the_pictures_go_by_the_form_of_the_sweep(
    program: Program, tmp_path: Path, swept: Sequence[str], more: set[str]
) -> None:
    jobs_of(program, *swept)
    assert drawn(tmp_path) == SMALL | more


@pytest.mark.slow
def test_many_seeds_alone_have_a_distribution_and_their_failures(program: Program, tmp_path: Path) -> None:
    jobs_of(program, MANY)
    assert drawn(tmp_path) == {"decision_boundaries", "distribution", "failures"}


@pytest.mark.slow
def test_a_regression_has_no_success(program: Program, tmp_path: Path) -> None:
    line = (*LINE, "dataset=linear", "model=mlp")
    jobs_of(program, MANY, line=line)
    assert drawn(tmp_path) == {"decision_boundaries", "distribution"}
    assert not success.can_be_judged(Sweep("sweep").jobs())


# -- what they say ----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(program: Program) -> Run:
    return jobs_of(program, "seed=0,1")[0].run


def test_a_diverged_run_is_no_success_and_one_that_failed_otherwise_does_not_count(run: Run) -> None:
    rows = [({"model.hidden": hidden, "seed": seed}, "finished", 1.0) for hidden in (2, 4) for seed in range(20)]
    rows[0] = (rows[0][0], "diverged", 0.0)
    rows[1] = (rows[1][0], "failed", 0.0)
    rows[2] = (rows[2][0], "finished", 0.75)
    figure = pictures.success_rate(made_up(rows, run))
    assert figure is not None
    (axes,) = figure.axes
    assert np.asarray(axes.lines[0].get_ydata()).tolist() == [17 / 19, 1]
    assert "val_acc at least 0.97 (all 4 points right)" in texts_of(figure)
    assert "19 to 20 runs per point" in texts_of(figure)


def test_a_key_of_words_gives_a_line_for_each_of_them(run: Run) -> None:
    rows = [
        ({"model.activation": name, "model.hidden": hidden, "seed": seed}, "finished", float(name == "tanh"))
        for name in ("tanh", "relu") for hidden in (8, 2) for seed in range(20)
    ]  # fmt: skip
    figure = pictures.success_rate(made_up(rows, run))
    assert figure is not None
    lines = {line.get_label(): np.asarray(line.get_xydata()).tolist() for line in figure.axes[0].lines}
    assert lines == {
        "model.activation=relu": [[2, 0], [8, 0]],
        "model.activation=tanh": [[2, 1], [8, 1]],
    }


def test_a_heat_map_is_the_mean_of_what_finished_and_tells_what_diverged(run: Run) -> None:
    rows = [
        ({"model.hidden": 2, "optimizer.lr": 0.1, "seed": 0}, "finished", 0.5),
        ({"model.hidden": 2, "optimizer.lr": 0.1, "seed": 1}, "finished", 0.75),
        ({"model.hidden": 2, "optimizer.lr": 1.0, "seed": 0}, "diverged", 0.0),
        ({"model.hidden": 2, "optimizer.lr": 1.0, "seed": 1}, "finished", 0.5),
        ({"model.hidden": 2, "optimizer.lr": 10.0, "seed": 0}, "diverged", 0.0),
        ({"model.hidden": 4, "optimizer.lr": 0.1, "seed": 0}, "failed", 0.0),
    ]
    figure = pictures.heat_map(made_up(rows, run))
    assert figure is not None
    axes = figure.axes[0]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("model.hidden", "optimizer.lr")
    means = axes.images[0].get_array()
    assert means is not None
    assert np.ma.filled(means, -1.0).tolist() == [[0.375, 0.5, -1.0], [-1.0, -1.0, -1.0]]
    assert [text.get_text() for text in axes.texts] == ["0.38", "0.5\n1 of 2 div."]
    assert len(axes.patches) == 1


@pytest.mark.slow
def test_many_seeds_are_sampled_fairly(program: Program) -> None:
    jobs = jobs_of(program, "seed=range(40)")
    figure = boundaries.figure(jobs)
    assert figure is not None
    titles = [axes.get_title().split("\n") for axes in figure.axes if axes.get_visible()]
    assert titles[0] == ["40 of 40 seeds", "overlaid"]
    ranked = success.ranked(jobs)
    keys = [(-(job.metrics["val_acc"] or 0), job.metrics["val_loss"]) for job in ranked]
    assert keys == sorted(keys)
    ranks = [int(rank.removeprefix("rank ")) for rank, _ in titles[1:]]
    assert (ranks[0], ranks[-1], len(ranks)) == (1, 40, 17)
    assert set(np.diff(ranks)) == {2, 3}
    assert [seed for _, seed in titles[1:]] == [f"seed={ranked[rank - 1].values['seed']}" for rank in ranks]


@pytest.mark.slow
def test_cells_of_many_seeds_say_how_many_they_draw(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boundaries, "MOST_PREDICTIONS", 10)
    figure = boundaries.figure(jobs_of(program, "model.hidden=1,2", MANY))
    assert figure is not None
    assert figure.get_suptitle() == "each cell: at most 5 of 20 seeds, at evenly spaced ranks"


def test_of_margins_the_sign_decides_in_pictures_and_counts(program: Program) -> None:
    circles = ("dataset=circle", "dataset.n_samples=200", "loss=hinge", "model=residual", "optimizer.lr=0.01")
    (job, *_) = jobs_of(program, *circles, "seed=0,1")
    run, picture = Run(job.run.folder), cell([job], "", "")
    assert picture is not None
    assert ((picture.predictions[0] > 0.5) == (run.predict(picture.points) > 0)).all()
    wrong = ((run.predict(run.task.val.x) > 0) != (run.task.val.y > 0.5)).sum()
    figure = failures.figure([job])
    assert figure is not None
    told = [line for axes in figure.axes for line in axes.get_xlabel().split("\n") if line.startswith("class ")]
    counts = [int(line.split()[2]) for line in told if line.endswith(" wrong")]
    assert sum(counts) == 2 * wrong > 0, "the best and the worst, which are the same run"
    assert "units off" not in texts_of(figure), "those of a network that is not layers in a row are not counted"


@pytest.mark.slow
def test_failures_are_told_in_words(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = jobs_of(program, MANY, "model.init=zeros")
    monkeypatch.setattr(failures, "MOST_CELLS", 5)
    figure = failures.figure(jobs)
    assert figure is not None
    said = texts_of(figure)
    assert "20 of 20 runs stay below val_acc 0.97; 4 are shown, at evenly spaced ranks from the worst" in said
    labels = [axes.get_xlabel().split("\n") for axes in figure.axes if axes.get_visible()]
    assert len(labels) == 5
    # All weights are zero and stay so: one prediction for all four corners, and no unit that passes anything.
    for accuracy, area, one, zero, units in labels:
        assert area in ("class 0 everywhere", "class 1 everywhere")
        wrong = int(one.split()[2]) + int(zero.split()[2])
        assert wrong in (2, 4)  # undecided ones are right for nobody
        assert accuracy == f"val_acc {1 - wrong / 4:.3f}"
        assert units == "8 of 8 units off, 0 always on"


def test_without_failures_there_is_no_picture_of_them(run: Run) -> None:
    assert failures.figure(made_up([({"seed": seed}, "finished", 1.0) for seed in range(20)], run)) is None


def square(rows: slice, columns: slice) -> np.ndarray:
    is_one = np.zeros((9, 9), dtype=bool)
    is_one[rows, columns] = True
    return is_one


ALL, START, MIDDLE, END = slice(None), slice(0, 4), slice(3, 6), slice(5, None)


@pytest.mark.parametrize(
    ("is_one", "words"),
    [
        (square(slice(0), ALL), "class 0 everywhere"),
        (square(ALL, ALL), "class 1 everywhere"),
        (square(MIDDLE, MIDDLE), "closed area"),
        (square(MIDDLE, ALL), "band, left to right"),
        (square(ALL, MIDDLE), "band, bottom to top"),
        (square(MIDDLE, END), "open: right"),
        (square(START, START), "open: left, bottom"),
        (~square(MIDDLE, MIDDLE), "open on every side"),
    ],
)
def test_the_form_of_an_area_goes_by_the_edges_that_it_reaches(is_one: np.ndarray, words: str) -> None:
    assert failures.area(is_one) == words


def test_evenly_spaced_places_have_both_ends(run: Run) -> None:
    jobs = made_up([({"seed": seed}, "finished", 1.0) for seed in range(1000)], run)
    assert [job.number for job in success.evenly(jobs, 4)] == [0, 333, 666, 999]
    assert success.evenly(jobs, 1000) == jobs
    assert success.evenly(jobs[:3], 50) == jobs[:3]
