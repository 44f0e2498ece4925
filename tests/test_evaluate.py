"""evaluate measures a run again, exactly, and leaves its folder alone."""

import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab import evaluate
from backprop_lab.experiment import experiment
from backprop_lab.runs.run import Run
from backprop_lab.training.evaluation import Measured, measured
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from conftest import Done, Silent, configured

COMMON = ("engine=module", "logger=none", "callbacks=[frames]")
RUNS = {
    "circle": ("epochs=5", "dataset.n_samples=200", "dataset.noise=0.05"),
    "circle in float64": ("epochs=3", "dataset.n_samples=100", "precision=64", "optimizer=adam"),
    "xor": ("dataset=xor", "epochs=20", "model.activation=tanh"),
    "linear": ("dataset=linear", "model=single_layer", "optimizer.lr=0.01", "epochs=20"),
    "a noisy line": ("dataset=linear", "model=mlp", "optimizer.lr=0.01", "epochs=9", "dataset.n_samples=50",
                     "dataset.noise=0.3"),
}  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Trained runs that no test changes."""
    folder = tmp_path_factory.mktemp("evaluate")
    trained = {}
    for name, overrides in RUNS.items():
        run = trained[name] = Run(folder / name.replace(" ", "_"))
        typed = [*overrides, *COMMON]
        experiment.train(configured(*typed), run, typed, Silent(), keep_points=True, began=time.monotonic())
        assert run.status == "finished"
    return trained


Evaluate = Callable[..., Done]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Evaluate:
    """``python -m backprop_lab.evaluate``, in this process, in a folder of its own."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        status = evaluate.main(list(arguments))
        return Done(status, *capsys.readouterr())

    return run


def rows(table: str) -> dict[str, list[float]]:
    """The rows of the printed table by their names."""
    found = {}
    for line in table.splitlines():
        match = re.match(r"(stored by the run|recomputed|fresh points) +(.*)", line)
        if match:
            found[match[1]] = [float(number) for number in match[2].split()]
    return found


@pytest.mark.parametrize("name", RUNS)
def test_the_metrics_come_out_again_exactly(name: str, runs: dict[str, Run]) -> None:
    run = Run(runs[name].folder)
    evaluation = evaluate.evaluate(run)
    names = {"val_loss", "val_r2" if "lin" in name else "val_acc"}
    assert evaluation.stored.keys() == evaluation.again.keys() == evaluation.fresh.keys() == names
    assert evaluation.stored == evaluation.again
    assert evaluation.stored == {key: run.summary["metrics"][key] for key in names}


@pytest.mark.parametrize("name", RUNS)
def test_the_command_says_so_and_draws_below_outputs(name: str, runs: dict[str, Run], program: Evaluate) -> None:
    done = program(f"run={runs[name].folder}")
    assert (done.status, done.err) == (0, "")
    table = rows(done.out)
    assert table.keys() == {"stored by the run", "recomputed", "fresh points"}
    assert table["stored by the run"] == table["recomputed"]
    (picture,) = [path for path in Path().rglob("*") if path.is_file()]
    assert re.fullmatch(r"outputs/evaluations/\d{4}-\d\d-\d\d/[\d-]+/\w+\.png", str(picture))
    assert picture.stem == ("fit" if "lin" in name else "decision_boundary")
    assert picture.read_bytes().startswith(PNG)
    assert done.out.splitlines()[-1] == str(picture)


def test_the_scores_come_out_again_and_are_printed(runs: dict[str, Run], program: Evaluate) -> None:
    circle, line = Run(runs["circle"].folder), Run(runs["linear"].folder)
    evaluation = evaluate.evaluate(circle)
    assert evaluation.scores == circle.summary["scores"]["val"]
    assert evaluation.fresh_scores.keys() == evaluation.scores.keys()
    assert evaluation.fresh_scores != evaluation.scores
    lines = [line.split() for line in program(f"run={circle.folder}").out.splitlines()]
    scores = circle.summary["scores"]["val"]
    assert ["macro", "F1", "ROC-AUC", "log", "loss"] in lines
    assert ["validation", "points", *(f"{scores[name]:.6f}" for name in ("f1", "roc_auc", "log_loss"))] in lines
    for label, (one, row) in enumerate(zip(scores["classes"], scores["confusion"], strict=True)):
        shares = ["unknown" if one[name] is None else f"{one[name]:.4f}" for name in ("precision", "recall", "f1")]
        assert ["class", str(label), str(one["points"]), *shares] in lines
        assert ["class", str(label), *map(str, row)] in lines
    off = line.summary["scores"]["val"]["mae"]
    assert f"validation points {off:.6f}".split() in [
        said.split() for said in program(f"run={line.folder}").out.splitlines()
    ]


def test_scores_that_were_changed_are_noticed(runs: dict[str, Run], program: Evaluate, tmp_path: Path) -> None:
    run = Run(shutil.copytree(runs["xor"].folder, tmp_path / "changed"))
    scores = run.summary["scores"]["val"]
    run.write_summary(scores={"val": scores | {"f1": 0.123}})
    done = program(f"run={run.folder}")
    assert done.status == 1
    assert "the metrics differ from those in summary.json" in done.err


def test_fresh_points_are_chosen_by_their_seed(runs: dict[str, Run]) -> None:
    run = Run(runs["circle"].folder)
    by_seed = {seed: evaluate.evaluate(run, seed) for seed in (0, 1, 2**32 - 1)}
    assert len({evaluation.fresh["val_loss"] for evaluation in by_seed.values()}) == 3
    assert by_seed[1].fresh == evaluate.evaluate(Run(run.folder), 1).fresh
    assert all(evaluation.fresh != evaluation.again for evaluation in by_seed.values())
    assert all(evaluation.again == by_seed[0].again for evaluation in by_seed.values())


def test_fresh_points_are_not_those_of_the_run(runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the run's own seed too."""
    of: list[Points] = []

    def measure(task: Task, state: State, points: Points) -> Measured:
        of.append(points)
        return measured(task, state, points)

    monkeypatch.setattr(evaluate, "measured", measure)
    run = Run(runs["circle"].folder)
    evaluate.evaluate(run, run.config["seed"])
    again, fresh = of
    assert again is run.task.val
    trained = {tuple(point) for points in (run.task.train, run.task.val) for point in points.x.tolist()}
    assert len(fresh) == len(trained)
    assert fresh.x.dtype == run.task.dtype
    assert not trained & {tuple(point) for point in fresh.x.tolist()}


def test_the_default_seed_is_0(runs: dict[str, Run], program: Evaluate) -> None:
    outputs = [rows(program(f"run={runs['circle'].folder}", *seed).out) for seed in ([], ["seed=0"], ["seed=1"])]
    assert outputs[0] == outputs[1] != outputs[2]


def test_points_on_the_command_line_are_answered_as_by_the_run(runs: dict[str, Run], program: Evaluate) -> None:
    run = Run(runs["circle"].folder)
    done = program(f"run={run.folder}", "at=[[0.1,0.2],[0,0],[-0.5,1e-3]]")
    assert done.status == 0
    answers = run.predict([[0.1, 0.2], [0, 0], [-0.5, 1e-3]])
    expected = [
        f"f(0.1, 0.2) = {answers[0]:.4f}", f"f(0, 0) = {answers[1]:.4f}", f"f(-0.5, 0.001) = {answers[2]:.4f}",
    ]  # fmt: skip
    assert [line for line in done.out.splitlines() if line.startswith("f(")] == expected


@pytest.mark.parametrize("at", ["5", "[5]", "[[5]]", "5.0"])
def test_a_regression_is_asked_for_numbers(at: str, runs: dict[str, Run], program: Evaluate) -> None:
    run = Run(runs["linear"].folder)
    done = program(f"run={run.folder}", f"at={at}")
    assert done.status == 0
    assert f"f(5) = {run.predict(5)[0]:.4f}\n" in done.out


def test_the_figure_goes_where_it_is_told(runs: dict[str, Run], program: Evaluate, tmp_path: Path) -> None:
    to = tmp_path / "a" / "b"
    assert program(f"run={runs['xor'].folder}", f"to={to}").status == 0
    assert [path.name for path in to.iterdir()] == ["decision_boundary.png"]
    assert not list(Path().iterdir())


def test_nothing_in_the_run_folder_changes(runs: dict[str, Run], program: Evaluate) -> None:
    folder = runs["circle"].folder

    def snapshot() -> dict[Path, tuple[int, int]]:
        return {path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in [folder, *folder.rglob("*")]}

    before = snapshot()
    assert program(f"run={folder}", "at=[0,0]").status == 0
    assert snapshot() == before


def test_a_checkpoint_can_be_measured(runs: dict[str, Run], program: Evaluate) -> None:
    run = Run(runs["circle"].folder)
    best = run.checkpoint_file("best")
    done = program(f"run={best}")
    assert (done.status, done.err) == (0, "")
    assert rows(done.out).keys() == {"recomputed", "fresh points"}
    expected = [run.summary["best"]["val_loss"], run.summary["best"]["val_acc"]]
    assert rows(done.out)["recomputed"] == pytest.approx(expected, abs=1e-6)


def test_other_weights_than_the_receipt_tells_of_are_noticed(
    runs: dict[str, Run], program: Evaluate, tmp_path: Path
) -> None:
    shutil.copytree(runs["circle"].folder, tmp_path / "run")
    run = Run(tmp_path / "run")
    run.write_state("last", run.frames()[0])
    done = program(f"run={run.folder}")
    assert done.status == 1
    assert done.err.startswith("error: the metrics differ")
    assert done.err.count("\n") == 1


def test_a_run_without_its_points_draws_them_again(runs: dict[str, Run], program: Evaluate, tmp_path: Path) -> None:
    shutil.copytree(runs["circle"].folder, tmp_path / "run")
    (tmp_path / "run" / "data.npz").unlink()
    done = program(f"run={tmp_path / 'run'}")
    assert (done.status, done.err) == (0, "")
    assert rows(done.out) == rows(program(f"run={runs['circle'].folder}").out)


WRONG = {
    "an unknown key": (["sed=1"], "did you mean seed"),
    "a key without a value": (["seed="], "seed: got"),
    "a flag": (["--seed", "1"], "--seed"),
    "a negative seed": (["seed=-1"], "seed: got -1; allowed: a whole number from 0"),
    "a fractional seed": (["seed=1.5"], "seed: got 1.5"),
    "a seed in words": (["seed=[1"], "seed: got"),
    "a number for a point": (["at=[[1]]"], "at: got [[1]]"),
    "three numbers for a point": (["at=[[1,2,3]]"], "at: got [[1,2,3]]"),
    "a word for a point": (["at=foo"], "at: got foo"),
    "nothing for a point": (["at="], "at: got"),
    "no points": (["at=[]"], "at: got []"),
    "no point in points": (["at=[[]]"], "at: got [[]]"),
    "points of several lengths": (["at=[[1,2],[3]]"], "at: got [[1,2],[3]]"),
    "points that are not finite": (["at=[[.nan,0]]"], "at: got [[nan,0"),
    "points beyond float32": (["at=[[1e39,0]]"], "at: got"),
    "points that cannot be read": (["at=[[1,2]"], "at: got"),
    "points in a mapping": (["at={x: 1}"], "at: got"),
    "a folder that is a file": (["to=file"], "to: got file"),
    "a folder below a file": (["to=file/x"], "to: got file/x"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_refused_in_one_line(name: str, runs: dict[str, Run], program: Evaluate) -> None:
    Path("file").write_text("mine")
    arguments, said = WRONG[name]
    done = program(f"run={runs['circle'].folder}", *arguments)
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert [path.name for path in Path().iterdir()] == ["file"]


@pytest.mark.parametrize("arguments", [["run=missing"], ["run="], ["seed=1"], ["run=https://example.org/run"]])
def test_without_a_run_it_says_so(arguments: list[str], program: Evaluate) -> None:
    done = program(*arguments)
    assert (done.status, done.out) == (2, "")
    assert re.fullmatch(r"error: .*(not a run folder|run: got nothing).*\n", done.err)
    assert not list(Path().iterdir())


def test_a_damaged_checkpoint_is_refused_and_another_offered(
    runs: dict[str, Run], program: Evaluate, tmp_path: Path
) -> None:
    shutil.copytree(runs["xor"].folder, tmp_path / "run")
    run = Run(tmp_path / "run")
    run.checkpoint_file("last").write_bytes(b"damaged")
    done = program(f"run={run.folder}")
    assert (done.status, done.out) == (2, "")
    assert f"{run.checkpoint_file('last')}: damaged" in done.err
    assert str(run.checkpoint_file("best")) in done.err
    assert program(f"run={run.checkpoint_file('best')}").status == 0


RECEIPTS: dict[str, dict[str, Any]] = {
    "metrics in words": {"metrics": {"val_loss": "x", "val_acc": "y"}},
    "metrics in lists": {"metrics": {"val_loss": [1], "val_acc": {}}},
    "no metrics": {"metrics": 5},
    "metrics in a list": {"metrics": ["val_loss"]},
}


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_that_makes_no_sense_is_refused_in_one_line(
    name: str, runs: dict[str, Run], program: Evaluate, tmp_path: Path
) -> None:
    shutil.copytree(runs["xor"].folder, tmp_path / "run")
    run = Run(tmp_path / "run")
    run.summary_file.write_text(json.dumps(run.summary | RECEIPTS[name]))
    done = program(f"run={run.folder}")
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1


def test_the_receipt_of_a_diverged_run_can_be_compared_too(program: Evaluate, tmp_path: Path) -> None:
    run = Run(tmp_path / "diverged")
    overrides = ["dataset=linear", "model=single_layer", "optimizer.lr=10", "epochs=99", *COMMON]
    experiment.train(configured(*overrides), run, overrides, Silent(), keep_points=True, began=time.monotonic())
    assert run.status == "diverged"
    assert np.isfinite(list(evaluate.evaluate(run).again.values())).all()
    done = program(f"run={run.folder}")
    assert (done.status, done.err) == (0, "")


def test_without_arguments_it_says_how_to_call_it(program: Evaluate) -> None:
    assert program().status == 2
    done = program("--help")
    assert done.status == 0
    for key in evaluate.KEYS:
        assert f"{key}=" in done.out
