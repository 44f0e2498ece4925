"""The JavaScript of a page without a browser, in QuickJS, and what it is compared with."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import quickjs

from backprop_lab import engines
from backprop_lab.config.types import Choice, Config
from backprop_lab.report import document
from backprop_lab.report.option_formulas import option_formulas
from backprop_lab.report.run import page
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import build_task

LAB = [name for name in page.SCRIPTS if name.startswith("lab/")]
TRAINING = """
function trained(config, formulas, moved = 0) {
  const declined = declines(config, formulas);
  if (declined) return { declined };
  const rung = new ByHand(config, pointsOf(config, formulas), formulas);
  rung.w.forEach((w, i) => (rung.w[i] = w + (i % 2 ? moved : -moved)));
  const [weights, rows] = [[Array.from(rung.w)], []];
  while (rung.epoch < config.epochs) {
    const { loss, metric } = rung.runEpoch();
    const val = rung.validate();
    rows.push([loss, metric, val.loss, val.metric, rung.penaltyNow()]);
    weights.push(Array.from(rung.w));
  }
  return { weights, rows };
}
"""


@functools.cache
def context() -> quickjs.Context:
    made = quickjs.Context()
    made.eval(document.script_of(LAB) + TRAINING)
    return made


def evaluated(expression: str) -> Any:
    """The value of an expression of the scripts of ``page/lab/``."""
    return json.loads(context().eval(f"JSON.stringify({expression})"))


def written(function: str, *arguments: Any) -> str:
    """A call as JavaScript."""
    return f"{function}({', '.join(map(json.dumps, arguments))})"


def called(function: str, *arguments: Any) -> Any:
    return evaluated(written(function, *arguments))


def plain(config: Config) -> dict[str, Any]:
    """A configuration as the run folder holds it."""
    as_json: dict[str, Any] = json.loads(json.dumps(config.plain))
    return as_json


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The differences, of large numbers in relation to them."""
    assert one.shape == other.shape
    difference: np.ndarray = np.abs(one - other) / np.maximum(1.0, np.abs(other))
    return difference


@dataclass(frozen=True)
class Trained:
    """All weights, flat, before the first step and at the end of each epoch; training and validation loss and metric,
    and the penalty, of each epoch."""

    weights: np.ndarray
    rows: np.ndarray

    def away(self, other: "Trained") -> tuple[float, float, float]:
        """The largest differences of weights, of losses and penalty, and of metrics."""
        weights, rows = apart(self.weights, other.weights), apart(self.rows, other.rows)
        return weights.max(), rows[:, [0, 2, 4]].max(initial=0), rows[:, [1, 3]].max(initial=0)

    def until(self, epochs: int) -> "Trained":
        """Only the first epochs."""
        return Trained(self.weights[: epochs + 1], self.rows[:epochs])


def in_javascript(config: Config, moved: float = 0.0) -> Trained:
    """``moved`` is added to the first weights by turns and subtracted from them."""
    made = called("trained", plain(config), option_formulas(config), moved)
    assert "declined" not in made, made
    return trained_of(made)


def trained_of(made: Mapping[str, Any]) -> Trained:
    """What ``trained`` gave. JSON has null for what is not finite."""
    return Trained(np.array(made["weights"], dtype=float), np.array(made["rows"], dtype=float))


def by_hand(config: Config, moved: float = 0.0) -> Trained:
    task = build_task(config, *points_of(config))
    start = first_state(task)
    signs = iter(np.tile([-1.0, 1.0], 1 + sum(map(np.size, start.weights.values()))))
    start.weights = {
        name: w + moved * np.fromiter((next(signs) for _ in range(w.size)), float).reshape(w.shape)
        for name, w in start.weights.items()
    }
    weights, rows = [flat(start)], []

    def watch(end: EpochEnd) -> None:
        assert end.row is not None
        row: Mapping[str, float] = end.row
        metric = task.head.metric
        values = [row[f"{part}_{name}"] for part in ("train", "val") for name in ("loss", metric)]
        rows.append([*values, row.get("penalty", 0.0)])
        weights.append(flat(end.state))

    engines.load(Choice("engine", "by_hand", {}))(task, start, watch)
    return Trained(np.array(weights), np.array(rows))


def flat(state: State) -> np.ndarray:
    return np.concatenate([w.reshape(-1) for w in state.weights.values()])
