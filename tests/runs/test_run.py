"""A run folder tells what was trained; a damaged or hostile one is refused in one line, and nothing in it is run."""

import io
import itertools
import json
import os
import pickle
import shutil
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backprop_lab import Run as PublicRun
from backprop_lab import evaluate
from backprop_lab.experiment import experiment
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from conftest import Silent, Train, configured

SMALL = ("epochs=4", "dataset.n_samples=100", "engine=module", "optimizer=adam", "logger=none", "callbacks=[frames]")
SUMMARY = {
    "status", "metrics", "best", "epochs", "steps", "seconds", "fit_seconds", "seed", "parameters", "data_sha256",
    "weights_sha256", "versions", "git_commit", "error", "format", "options", "stopped",
    "batch", "missing", "success", "success_at", "scores",
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run that no test changes."""
    run = Run(tmp_path_factory.mktemp("run") / "run")
    experiment.train(configured(*SMALL), run, list(SMALL), Silent(), keep_points=True, began=time.monotonic())
    return run


@pytest.fixture
def foreign(kept: Run, tmp_path: Path) -> Run:
    """A copy of the run that a test may spoil."""
    shutil.copytree(kept.folder, tmp_path / "foreign")
    return Run(tmp_path / "foreign")


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_receipt_has_all_its_keys(kept: Run) -> None:
    summary = kept.summary
    assert summary.keys() == SUMMARY
    assert summary["status"] == kept.status == "finished"
    assert summary["metrics"].keys() == {"train_loss", "train_acc", "val_loss", "val_acc"}
    assert summary["best"].keys() == {"epoch", *summary["metrics"]}
    assert (summary["epochs"], summary["steps"], summary["seed"], summary["parameters"]) == (4, 12, 0, 33)
    assert 0 < summary["fit_seconds"] < summary["seconds"]
    assert summary["versions"].keys() >= {"python", "torch", "numpy", "pytorch-lightning", "hydra-core"}
    assert len(summary["data_sha256"]) == len(summary["weights_sha256"]) == 64
    assert summary["error"] is None


def test_few_points_have_their_predictions_in_the_receipt(train: Train) -> None:
    run = train("dataset=xor", "engine=module", "epochs=3", "logger=none")
    assert run.summary.keys() == SUMMARY | {"predictions"}
    predictions = run.summary["predictions"]
    assert [prediction["x"] for prediction in predictions] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert [prediction["y"] for prediction in predictions] == [0, 1, 1, 0]
    answers = run.predict([prediction["x"] for prediction in predictions])
    assert [prediction["prediction"] for prediction in predictions] == answers.tolist()


def test_a_run_opens_in_a_notebook(kept: Run) -> None:
    run = PublicRun(str(kept.folder))
    assert run.config["epochs"] == 4
    assert run.config["optimizer"]["name"] == "adam"
    assert run.overrides == list(SMALL)
    assert isinstance(run.network(), torch.nn.Module)
    assert not list(run.folder.rglob("*.pyc"))


def test_the_rows_come_as_columns(kept: Run) -> None:
    metrics = kept.metrics()
    assert list(metrics) == ["epoch", "step", "train_loss", "train_acc", "val_loss", "val_acc"]
    assert metrics["epoch"].tolist() == [1, 2, 3, 4]
    assert metrics["step"].tolist() == [3, 6, 9, 12]
    assert {name: column[-1] for name, column in metrics.items() if "_" in name} == kept.summary["metrics"]
    assert min(metrics["val_loss"]) == kept.summary["best"]["val_loss"]


def test_the_frames_are_states_from_before_the_first_step_to_the_last(kept: Run) -> None:
    frames = kept.frames()
    assert [(frame.epoch, frame.step) for frame in frames] == [(0, 0), (1, 3), (2, 6), (3, 9), (4, 12)]
    assert frames[-1].weights_sha256 == kept.summary["weights_sha256"] == kept.state().weights_sha256
    assert len({frame.weights_sha256 for frame in frames}) == 5
    assert frames[-1].optimizer.keys() == kept.state().optimizer.keys()
    assert not any(array.any() for array in frames[0].optimizer.values())


def test_the_points_are_those_that_were_trained_on(kept: Run, foreign: Run) -> None:
    task = Run(kept.folder).task
    assert (len(task.train), len(task.val)) == (80, 20)
    assert task.data_sha256 == kept.summary["data_sha256"]
    foreign.data_file.unlink()
    again = foreign.task
    np.testing.assert_array_equal(again.train.x, task.train.x)
    np.testing.assert_array_equal(again.val.y, task.val.y)


def test_the_best_checkpoint_is_that_of_the_best_epoch(kept: Run) -> None:
    best = Run.at(kept.checkpoint_file("best"))
    assert best.state().epoch == kept.summary["best"]["epoch"]
    assert Run.at(kept.folder).state().epoch == 4


def test_predict_answers_one_point_and_many(kept: Run) -> None:
    points = [[0.1, 0.2], [0.0, 0.0], [-0.9, 0.9]]
    answers = kept.predict(points)
    assert answers.shape == (3,)
    assert ((answers > 0) & (answers < 1)).all()
    for point, answer in zip(points, answers, strict=True):
        assert kept.predict(point).shape == (1,)
        assert kept.predict(point)[0] == pytest.approx(answer, rel=1e-6)
    with torch.no_grad():
        logits = kept.network()(torch.tensor(points))
    np.testing.assert_array_equal(answers, torch.sigmoid(logits).numpy())
    np.testing.assert_array_equal(kept.predict(np.array(points)), answers)


def test_predict_of_a_regression_takes_numbers(train: Train) -> None:
    run = train("dataset=linear", "model=single_layer", "engine=module", "epochs=20", "logger=none")
    assert run.predict(5).shape == run.predict([5]).shape == run.predict([[5.0]]).shape == (1,)
    np.testing.assert_array_equal(run.predict([5, 6]), run.predict([[5], [6]]))


@pytest.mark.parametrize(
    "points",
    [1.0, [1.0], [[1.0]], [[1.0, 2.0, 3.0]], [[1.0, 2.0], [3.0]], [[[1.0, 2.0]]], "foo", None, [["a", "b"]],
     [[np.nan, 0.0]], [[np.inf, 0.0]], {"x": 1}],
    ids=str,
)  # fmt: skip
def test_predict_refuses_what_is_not_a_list_of_points(points: Any, kept: Run) -> None:
    with pytest.raises(ValueError, match="finite number"):
        kept.predict(points)


def test_a_run_that_has_not_begun_says_so(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.status == "not run"
    assert run.summary == {}
    assert run.overrides == []
    for read in (run.metrics, run.frames):
        with pytest.raises(RunError, match="missing"):
            read()


def test_only_a_process_at_work_makes_a_run_running(foreign: Run) -> None:
    foreign.write_summary(status="running")
    assert foreign.status == "interrupted"
    with foreign.locked():
        assert Run(foreign.folder).status == "running"
        with pytest.raises(RunError, match="in use by another process"), Run(foreign.folder).locked():
            pass
    assert foreign.status == "interrupted"


def test_numbers_that_are_not_finite_become_null_in_the_receipt(foreign: Run) -> None:
    predictions = [{"x": [0.0, 1.0], "y": 1.0, "prediction": float("inf")}]
    foreign.write_summary(
        status="diverged", metrics={"val_loss": float("nan"), "val_acc": 0.5}, predictions=predictions
    )
    written = json.loads(foreign.summary_file.read_text())
    assert written["metrics"] == foreign.summary["metrics"] == {"val_loss": None, "val_acc": 0.5}
    assert written["predictions"] == [{"x": [0.0, 1.0], "y": 1.0, "prediction": None}]
    assert foreign.summary["epochs"] == 4


def look(run: Run) -> None:
    """Everything that may be asked of a run."""
    assert run.config
    assert run.summary
    assert run.status
    assert run.overrides
    run.metrics()
    run.frames()
    run.network()
    run.predict([0.0, 0.0])
    evaluate.evaluate(run)


def test_reading_writes_nothing(kept: Run) -> None:
    def snapshot() -> dict[Path, tuple[int, int, int]]:
        paths = [kept.folder, *kept.folder.rglob("*")]
        return {path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.stat().st_size) for path in paths}

    before = snapshot()
    look(Run(kept.folder))
    assert snapshot() == before


# -- hostile folders --------------------------------------------------------------------------------------------------

MARKER = "marker"  # what a payload makes in the folder above the run's


class Payload:
    """Unpickled, it makes the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (self.marker,)


def config_with(old: str, new: str) -> Callable[[Run], None]:
    def spoil(run: Run) -> None:
        text = run.config_file.read_text()
        assert old in text
        run.config_file.write_text(text.replace(old, new, 1))

    return spoil


def config_is(text: str) -> Callable[[Run], None]:
    def spoil(run: Run) -> None:
        run.config_file.write_text(text.replace("MARKER", str(run.folder.parent / MARKER)))

    return spoil


def linked(name: str) -> Callable[[Run], None]:
    """A file of the folder is a link to one outside, which is a good one."""

    def spoil(run: Run) -> None:
        outside = run.folder.parent / "outside"
        (run.folder / name).rename(outside)
        (run.folder / name).symlink_to(outside)

    return spoil


def file_is(name: str, content: bytes) -> Callable[[Run], None]:
    def spoil(run: Run) -> None:
        (run.folder / name).write_bytes(content)

    return spoil


def arrays_are(name: str, change: Callable[[dict[str, np.ndarray], Run], None]) -> Callable[[Run], None]:
    """Some arrays of an npz file are others, and the receipt goes with them."""

    def spoil(run: Run) -> None:
        with np.load(run.folder / name) as file:
            arrays = dict(file)
        change(arrays, run)
        np.savez(run.folder / name, **arrays)

    return spoil


def other_points(arrays: dict[str, np.ndarray], run: Run) -> None:
    arrays["val_x"][0, 0] += 1e-9


def pickled_objects(name: str) -> Callable[[dict[str, np.ndarray], Run], None]:
    def change(arrays: dict[str, np.ndarray], run: Run) -> None:
        arrays[name] = np.array([Payload(run.folder.parent / MARKER)], dtype=object)

    return change


def points(**others: Any) -> Callable[[Run], None]:
    def change(arrays: dict[str, np.ndarray], run: Run) -> None:
        for name, array in others.items():
            if array is None:
                del arrays[name]
            else:
                arrays[name] = np.asarray(array)
        run.write_summary(data_sha256=None)

    return arrays_are("data.npz", change)


def no_epochs(arrays: dict[str, np.ndarray], run: Run) -> None:
    del arrays["epoch"]


def short_frames(arrays: dict[str, np.ndarray], run: Run) -> None:
    arrays["weights/layers.0.weight"] = arrays["weights/layers.0.weight"][:2]


def huge_array(run: Run) -> None:
    """An array that says it has 10^15 numbers."""
    header = io.BytesIO()
    shape = {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(run.frames_file, "w") as archive:
        archive.writestr("epoch.npy", header.getvalue())


def pickled_checkpoint(run: Run) -> None:
    run.checkpoint_file("last").write_bytes(pickle.dumps(Payload(run.folder.parent / MARKER)))


ALIAS_BOMB = ", ".join(
    ["&a [x]", *(f"&{name} [{','.join([f'*{before}'] * 9)}]" for before, name in itertools.pairwise("abcdef"))]
)

HOSTILE: dict[str, Callable[[Run], None]] = {
    "a target": config_with("name: circle", "name: circle\n  _target_: os.mkdir\n  path: MARKER"),
    "a target at the top": config_is("_target_: os.mkdir\n_args_: [MARKER]\n"),
    "a python tag": config_is("!!python/object/apply:os.mkdir [MARKER]\n"),
    "a python tag in a value": config_with("seed: 0", "seed: !!python/object/apply:os.mkdir [MARKER]"),
    "a python name": config_with("seed: 0", "seed: !!python/name:os.system"),
    "an alias bomb": config_with("seed: 0", f"seed: [{ALIAS_BOMB}]"),
    "deep nesting": config_is("[" * 5_000 + "]" * 5_000),
    "a variable of the environment": config_with("name: circle", "name: ${oc.env:HOME}"),
    "a variable in a number": config_with("seed: 0", "seed: ${oc.env:HOME}"),
    "a data set elsewhere": config_with("name: circle", "name: ../../x"),
    "a data set that is a module": config_with("name: circle", "name: os.path"),
    "a model that is a list": config_with("name: mlp", "name: [mlp]"),
    "a huge configuration": config_is("seed: 0 # " + "x" * 100_000),
    "an empty configuration": config_is(""),
    "a configuration of bytes": file_is(".hydra/config.yaml", bytes(range(256))),
    "a network of another width": config_with("hidden: 8", "hidden: 7"),
    "a linked configuration": linked(".hydra/config.yaml"),
    "a linked folder .hydra": linked(".hydra"),
    "a linked checkpoint": linked("checkpoints/last.ckpt"),
    "linked checkpoints": linked("checkpoints"),
    "linked points": linked("data.npz"),
    "linked frames": linked("frames.npz"),
    "a linked receipt": linked("summary.json"),
    "linked rows": linked("metrics.csv"),
    "a checkpoint that is a pickle": pickled_checkpoint,
    "frames of pickled objects": arrays_are("frames.npz", pickled_objects("weights/layers.0.weight")),
    "epochs of pickled objects": arrays_are("frames.npz", pickled_objects("epoch")),
    "frames that are no archive": file_is("frames.npz", b"PK\x03\x04 and no more"),
    "frames without epochs": arrays_are("frames.npz", no_epochs),
    "frames of several lengths": arrays_are("frames.npz", short_frames),
    "an array without end": huge_array,
    "points of pickled objects": arrays_are("data.npz", pickled_objects("train_x")),
    "other points": arrays_are("data.npz", other_points),
    "points without labels": points(train_y=None),
    "points in a row": points(train_x=np.zeros(80), val_x=np.zeros(20)),
    "points in three dimensions": points(train_x=np.zeros((80, 3)), val_x=np.zeros((20, 3))),
    "points in words": points(train_x=np.full((80, 2), "x")),
    "more points than labels": points(val_x=np.zeros((21, 2))),
    "no points": points(val_x=np.zeros((0, 2)), val_y=np.zeros(0)),
    "points that are not numbers": points(val_x=np.full((20, 2), np.nan)),
    "a receipt that is not JSON": file_is("summary.json", b"{'status': 'finished'}"),
    "a receipt that is a list": file_is("summary.json", b"[]"),
    "a deep receipt": file_is("summary.json", b"[" * 100_000),
    "a status that there is not": file_is("summary.json", b'{"status": "won\\nderful"}'),
    "a status that is a list": file_is("summary.json", json.dumps({"status": ["finished"] * 1000}).encode()),
    "rows that are no numbers": file_is("metrics.csv", b"epoch,step,val_loss\n1,2,import os\n"),
    "rows of several lengths": file_is("metrics.csv", b"epoch,step,val_loss\n1,2\n1,2,3\n"),
    "no rows": file_is("metrics.csv", b""),
    "a row without end": file_is("metrics.csv", b"epoch,step\n1," + b"1" * 200_000 + b"\n"),
    "overrides with a tag": file_is(".hydra/overrides.yaml", b"!!python/object/apply:os.mkdir [x]"),
    "overrides that are no list": file_is(".hydra/overrides.yaml", b"5"),
    "overrides of bytes": file_is(".hydra/overrides.yaml", bytes(range(128, 256))),
}


def test_a_folder_of_somebody_else_is_opened_where_nothing_is_wrong_with_it(foreign: Run) -> None:
    look(Run(foreign.folder))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_folder_is_refused_in_one_line_and_does_nothing(
    name: str, foreign: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = foreign.folder.parent / MARKER
    for module in ("random", "torch", "os", "circle", "backprop_lab"):
        (foreign.folder / f"{module}.py").write_text(f"import os\nos.mkdir({str(marker)!r})\n")
    HOSTILE[name](foreign)
    before = set(sys.modules)
    with pytest.raises(RunError) as refused:
        look(Run(foreign.folder))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 1000
    assert str(foreign.folder) in str(refused.value)
    assert not marker.exists()
    imported = [sys.modules[module] for module in set(sys.modules) - before]
    assert not [m for m in imported if str(getattr(m, "__file__", None)).startswith(str(foreign.folder))]


@pytest.mark.parametrize("path", ["https://example.org/run", "s3://bucket/run", "file:///etc", "missing", "", "/"])
def test_what_is_no_run_folder_is_refused(path: str) -> None:
    with pytest.raises(RunError, match="not a run folder") as refused:
        Run.at(path)
    assert "\n" not in str(refused.value)


def test_an_address_is_refused_even_where_such_a_folder_exists(
    foreign: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(foreign.folder, tmp_path / "http:" / "run")
    with pytest.raises(RunError, match="not a run folder"):
        Run.at("http://run")


def test_training_in_a_foreign_folder_writes_nothing_through_its_links(foreign: Run, tmp_path: Path) -> None:
    foreign.write_summary(status="interrupted")
    foreign.write_state("last", foreign.frames()[2])
    outside = tmp_path / "outside"
    for name in ("train.log", "metrics.csv"):
        outside.write_text("mine\n")
        (foreign.folder / name).rename(tmp_path / name)
        (foreign.folder / name).symlink_to(outside)
        with pytest.raises(RunError, match="link"):
            experiment.resume(Run(foreign.folder), {}, Silent(), time.monotonic())
        assert outside.read_text() == "mine\n"
        (foreign.folder / name).unlink()
        (tmp_path / name).rename(foreign.folder / name)
