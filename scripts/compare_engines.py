"""Every rung gives the same numbers: ``python scripts/compare_engines.py dataset=xor`` shows it step by step.

Takes the keys of ``python -m train``, and ``steps=200``. Computes the first steps of one training on every engine, in
float64 unless ``precision=32`` is given, and prints the loss of each and how far its weights are from the first one's.
"""

import sys
from dataclasses import dataclass

import numpy as np
from hydra import compose, initialize_config_dir

from backprop_lab import engines
from backprop_lab.config.check import CONFIGS, check
from backprop_lab.experiment.console import aligned
from backprop_lab.training.task import Moment, State, Task, build_task, points_of
from backprop_lab.training.tensors import first_state
from hydra_plugins.lab.composition import plain

ENGINES = ("scalar", "by_hand", "autograd", "module", "lightning")
SMALL = ("dataset.n_samples=200", "precision=64")


@dataclass(frozen=True)
class StepByStep(Task):
    """The same training with each step as an epoch of its own, so that each is reported."""

    def batches(self, epoch: int) -> list[np.ndarray]:
        number, step = divmod(epoch - 1, super().steps_per_epoch)
        return [super().batches(number + 1)[step]]

    @property
    def steps_per_epoch(self) -> int:
        return 1


def first_steps(task: Task, engine: str, start: State, steps: int) -> list[tuple[float, State]]:
    """Loss and State after each of the first steps."""
    reported: list[tuple[float, State]] = []

    def watch(moment: Moment) -> None:
        reported.append((moment.loss, moment.state))

    fields = {name: getattr(task, name) for name in Task.__dataclass_fields__}
    engines.load(engine)(StepByStep(**(fields | {"epochs": steps, "log_every_n_epochs": steps})), start, watch)
    return reported


def largest_difference(state: State, other: State) -> float:
    return max(float(np.abs(weight - other.weights[name]).max()) for name, weight in state.weights.items())


def rows_of(task: Task, steps: int, names: tuple[str, ...] = ENGINES) -> list[list[tuple[float, float]]]:
    """For each step, loss and largest difference of the weights from the first engine's, for each engine."""
    start = first_state(task)
    runs = [first_steps(task, name, start, steps) for name in names]
    return [
        [(loss, largest_difference(state, runs[0][i][1])) for loss, state in (run[i] for run in runs)]
        for i in range(steps)
    ]


def task_of(overrides: list[str]) -> Task:
    """The task of a command line, small and in float64 where that does not say otherwise."""
    given = {override.partition("=")[0] for override in overrides}
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        composed = plain(compose("train", overrides))
        small = [o for o in SMALL if o.partition("=")[0] not in given]
        if composed["dataset"]["n_samples"] is None:
            small = [o for o in small if not o.startswith("dataset.n_samples")]
        composed = plain(compose("train", [*overrides, *small]))
    config = check(composed)
    return build_task(config, *points_of(config))


def main() -> None:
    arguments = sys.argv[1:]
    steps = next((int(argument.removeprefix("steps=")) for argument in arguments if argument.startswith("steps=")), 200)
    task = task_of([argument for argument in arguments if not argument.startswith("steps=")])
    rows = rows_of(task, steps)
    shown = [step for step in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000) if step < steps] + [steps]
    head = ["step", *(f"loss {name}" for name in ENGINES), *(f"dw {name}" for name in ENGINES[1:])]
    lines = []
    for step in shown:
        losses, differences = zip(*rows[step - 1], strict=True)
        lines.append([str(step), *(f"{loss:.10f}" for loss in losses), *(f"{dw:.1e}" for dw in differences[1:])])
    print("\n".join(aligned([head, *lines])))
    print(f"largest difference over {steps:,} steps: {max(dw for row in rows for _, dw in row):.1e}, {task.dtype}")


if __name__ == "__main__":
    main()
