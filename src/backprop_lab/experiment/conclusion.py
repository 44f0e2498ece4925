"""The receipt's entries about a training that has ended."""

from typing import Any, TypeAlias

from backprop_lab.runs.status import Status
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.evaluation import Measured, measured, predict
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.outcome import Diverged, Stopped
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

FEW_POINTS = 16  # up to this many, the receipt holds the predictions
Ended: TypeAlias = Diverged | Interrupted | Stopped | None
"""Why a training ended before its last epoch; None if it did not."""
STATUSES: dict[type, Status] = {
    type(None): Status.FINISHED, Stopped: Status.FINISHED, Diverged: Status.DIVERGED,
    Interrupted: Status.INTERRUPTED,
}  # fmt: skip


def tested(task: Task, best: State) -> Measured:
    """The points that were held out for a test, measured by the State with the lowest ``val_loss``."""
    assert task.given.test is not None
    found = measured(task, best, task.preparation.of(task.given.test).astype(task.dtype))
    named = {name.replace("val_", "test_"): value for name, value in found.metrics.items()}
    return Measured({"epoch": best.epoch} | named, found.scores)


def conclusion(task: Task, state: State, row: Row, ended: Ended, best: Row | None) -> dict[str, Any]:
    """The receipt's entries that are known after the fit.

    ``state`` is the State to keep, ``row`` the row of its epoch, ``best`` the row with the lowest ``val_loss``.
    """
    final, scores = measured(task, state, task.val)
    train = {name: value for name, value in row.items() if name.startswith("train_")}
    summary: dict[str, Any] = {
        "status": STATUSES[type(ended)],
        "error": str(ended) if isinstance(ended, Diverged | Interrupted) else None,
        "stopped": {"epoch": state.epoch, "reason": ended.reason} if isinstance(ended, Stopped) else None,
        "metrics": train | final,
        "best": best,
        "scores": {"val": scores},
        "success": None
        if isinstance(ended, Interrupted)
        else task.bar.is_reached(None if isinstance(ended, Diverged) else final[f"val_{task.head.metric}"]),
        "success_at": task.bar.least,
        "epochs": state.epoch,
        "steps": state.step,
        "weights_sha256": state.weights_sha256,
    }
    if len(task.val) <= FEW_POINTS:
        val = task.given.val
        predictions = predict(task, state, val.x)
        summary["predictions"] = [
            {"x": x.tolist(), "y": y.item(), "prediction": prediction.tolist()}
            for x, y, prediction in zip(val.x, val.y, predictions, strict=True)
        ]
    return summary
