"""Which inputs the predictions depend on: by how much they get worse if an input is shuffled among the points."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from backprop_lab.options.table import Meaning
from backprop_lab.training.evaluation import outputs_of
from backprop_lab.training.randomness import generator
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

REPEATS = 10
FEWEST_COLUMNS = 3
"""With fewer inputs, the picture of the predictions shows it better."""
MOST_POINTS = 2_000
MOST_WORK = 3 * 10**10  # points times weights times shufflings: some ten seconds


@dataclass(frozen=True)
class Importance:
    """Of each column as given, the mean and the standard deviation of what the metric loses, over ``REPEATS``
    permutations of ``points`` validation points."""

    names: list[str]
    mean: np.ndarray
    deviation: np.ndarray
    metric: float
    """Without a permutation."""
    points: int


def importance(task: Task, state: State) -> Importance | None:
    """That of the columns for the network of ``state``; None for few columns, or far too many."""
    columns = columns_of(task.meaning)
    val = task.given.val[np.arange(min(len(task.given.val), MOST_POINTS))]
    work = len(val) * sum(weight.size for weight in state.weights.values()) * REPEATS * len(columns)
    if len(columns) < FEWEST_COLUMNS or work > MOST_WORK:
        return None
    y = task.preparation.targets(val.y).astype(task.dtype)

    def metric(x: np.ndarray) -> float:
        outputs = outputs_of(task, state, task.inputs(x))
        return float(task.head.metric_from(task.head.sum_of(outputs, y), y))

    orders = [generator(task.seed, "importance", repeat).permutation(len(val)) for repeat in range(REPEATS)]
    losses = drops(metric, val.x, [inputs for _, inputs in columns], orders)
    return Importance([name for name, _ in columns], losses.mean(axis=1), losses.std(axis=1), metric(val.x), len(val))


def columns_of(meaning: Meaning) -> list[tuple[str, list[int]]]:
    """The name of each column with the numbers of its inputs: one, or one for each category."""
    ends = np.cumsum([len(column.inputs) for column in meaning.columns]).tolist()
    return [
        (column.name, list(range(end - len(column.inputs), end)))
        for column, end in zip(meaning.columns, ends, strict=True)
    ]


def drops(
    metric: Callable[[np.ndarray], float],
    x: np.ndarray,
    columns: Sequence[Sequence[int]],
    orders: Sequence[np.ndarray],
) -> np.ndarray:
    """By how much the metric of ``x`` [n, inputs] falls if the inputs of a column are put in another order, together:
    [columns, orders] (Breiman 2001, Random Forests, section 10)."""
    best = metric(x)
    shuffled = x.copy()
    found = np.empty((len(columns), len(orders)))
    for i, inputs in enumerate(columns):
        for j, order in enumerate(orders):
            shuffled[:, inputs] = x[order[:, None], inputs]
            found[i, j] = best - metric(shuffled)
        shuffled[:, inputs] = x[:, inputs]
    return found
