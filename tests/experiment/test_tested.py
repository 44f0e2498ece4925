"""The points that are held out for a test are measured once, at the end, by the best checkpoint."""

import numpy as np
import pytest

from backprop_lab.runs.run import Run
from backprop_lab.training.evaluation import outputs_of
from conftest import Train

QUICK = ("engine=by_hand", "logger=none", "report=false", "callbacks=[]")
PROBLEMS = {"classes": ("dataset=digits", "epochs=4"), "values": ("dataset=diabetes", "epochs=60", "model.hidden=64")}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_receipt_has_the_metrics_of_the_best_state_on_the_test_points(train: Train, problem: str) -> None:
    run = train(*PROBLEMS[problem], "dataset.test_fraction=0.2", *QUICK)
    task, tested = run.task, run.summary["test"]
    assert task.given.test is not None
    assert tested["epoch"] == run.summary["best"]["epoch"]
    best = Run.at(run.checkpoint_file("best"))
    predictions, y = best.predict(task.given.test.x), task.given.test.y
    if problem == "classes":
        assert tested["test_acc"] == pytest.approx((predictions.argmax(axis=1) == y).mean(), abs=1e-9)
        assert tested["test_loss"] == pytest.approx(
            -np.log(predictions[np.arange(len(y)), y.astype(int)]).mean(), rel=1e-5
        )
    else:
        residual, spread = ((y - predictions) ** 2).sum(), ((y - y.mean()) ** 2).sum()
        assert tested["test_r2"] == pytest.approx(1 - residual / spread, rel=1e-4)
    last = outputs_of(task, run.state(), task.inputs(task.given.test.x))
    assert run.summary["best"]["epoch"] == 4 or not np.array_equal(task.head.predictions(last), predictions)


def test_a_run_without_test_points_has_no_such_entry(train: Train) -> None:
    assert "test" not in train("dataset=iris", "epochs=2", *QUICK).summary
