"""``dataset=points``: one's own points, in a list or a file, are what is trained and validated on."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from backprop_lab.config.errors import ConfigError
from backprop_lab.runs.run import Run
from conftest import Program, Train, configured, task_of

LISTED = "dataset.points=[[0,0,0],[1,1.5,1],[2,-0.5,2],[3,1,0]]"
FILE = "x1;x2;class\n0;0;0\n1;1,5;1\n2;-0,5;2\n3;1;0\n"


def test_a_list_and_a_file_are_the_same_points(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(FILE)
    listed, read = (task_of("dataset=points", points) for points in (LISTED, f"dataset.path={tmp_path / 'points.csv'}"))
    np.testing.assert_array_equal(listed.given.train.x, [[0, 0], [1, 1.5], [2, -0.5], [3, 1]])
    assert listed.given.train.y.tolist() == [0, 1, 2, 0]
    assert listed.data_sha256 == read.data_sha256
    assert (listed.task_type, listed.outputs, listed.val.y.tolist()) == ("multiclass", 3, [0, 1, 2, 0])
    assert listed.given.test is None


def test_two_classes_are_a_binary_task_and_a_class_may_be_absent() -> None:
    assert configured("dataset=points", "dataset.points=[[0,0,0],[1,1,1]]").dataset.task == "binary"
    assert task_of("dataset=points", "dataset.points=[[0,0,0],[1,1,3]]").outputs == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2,0\n3,4,1,5\n", "points.csv, row 2"),
        ("1,2\n3,4\n", "points.csv, columns: got column 1, column 2; allowed: three: x1, x2 and the class"),
        ("1,2,0\n3,4,0.5\n", "row 2, column column 3: got 0.5; allowed: a class, a whole number from 0 to 19"),
        ("1,2,0\n3,4,20\n", "row 2, column column 3: got 20.0; allowed: a class"),
        ("1,2,0\n3,4,-1\n", "row 2, column column 3: got -1.0; allowed: a class"),
        ("1,2,0\n3,,1\n", "row 2, column column 2: got nothing; allowed: a number"),
        ("x,y,c\n1,2,a\n3,4,b\n", "row 2, column c: got a; allowed: a number"),
        ("1,2,1\n3,4,1\n", "got points.csv; allowed: points of two classes at least"),
    ],
)
def test_a_wrong_file_gets_one_line_with_row_and_column(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(text)
    with pytest.raises(ConfigError) as refused:
        configured("dataset=points", f"dataset.path={tmp_path / 'points.csv'}")
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_run_of_points_keeps_them_and_says_what_it_was_trained_on(train: Train) -> None:
    run = train("dataset=points", LISTED, "engine=kernel", "epochs=400", "optimizer=adam", "callbacks=[]")
    assert run.summary["metrics"]["val_acc"] == 1
    assert len(run.summary["predictions"]) == 4
    assert run.predict([[1, 1.5]]).argmax() == 1


def test_a_sweep_over_points_trains_each_and_ranks_none_above_another(program: Program, tmp_path: Path) -> None:
    lists = "dataset.points=[[0,0,0],[1,1,1]],[[0,0,0],[1,1,2],[2,2,1]],[[0,0,0],[1,1,3]]"
    program(
        "-m", "hydra/launcher=batched", "dataset=points", lists, "epochs=20", "report=false",
        f"hydra.sweep.dir={tmp_path}",
    )  # fmt: skip
    runs = [Run(tmp_path / str(i)) for i in range(3)]
    assert [run.task.outputs for run in runs] == [1, 3, 4]
    assert all(run.summary["status"] == "finished" for run in runs)
    assert all(math.isfinite(run.summary["metrics"]["val_loss"]) for run in runs)


def test_listed_weights_that_do_not_fit_fail_alone(program: Program, tmp_path: Path) -> None:
    fits = json.dumps([0.5] * 9).replace(" ", "")
    program(
        "-m", "hydra/launcher=batched", "dataset=xor", "model.hidden=2", f"model.init=[1,2],{fits},default", "epochs=2",
        "report=false", f"hydra.sweep.dir={tmp_path}",
    )  # fmt: skip
    receipts = [Run(tmp_path / str(i)).summary for i in range(3)]
    assert [receipt["status"] for receipt in receipts] == ["failed", "finished", "finished"]
    assert receipts[0]["error"].startswith("model.init: got [1,2]; allowed: a list of 9: ")
