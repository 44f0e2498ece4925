"""Weight updates, with each optimizer's formula."""

from collections.abc import Mapping
from typing import Any

from backprop_lab.config.types import Choice
from backprop_lab.options.arithmetic import Quantity
from backprop_lab.training.schedule import factor_of
from backprop_lab.training.task import Task


def as_numbers(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Knobs as arguments for the formulas: Python floats, and tuples of floats for lists."""
    return {knob: tuple(map(float, v)) if isinstance(v, list) else float(v) for knob, v in knobs.items()}


def slots_of(optimizer: Choice) -> tuple[str, ...]:
    """The names of the optimizer's state arrays for each weight."""
    return tuple(optimizer.option.slots(**optimizer.own_knobs)) if hasattr(optimizer.option, "slots") else ()


class Updates:
    """The optimizer of a task, for floats, arrays or tensors."""

    def __init__(self, task: Task) -> None:
        self.option = task.optimizer.option
        self.knobs = as_numbers(task.optimizer.own_knobs)
        self.kept = slots_of(task.optimizer)
        self.slots: tuple[str, ...] = getattr(self.option, "SLOTS", ())
        self.factor = factor_of(task.schedule, task.steps_per_epoch)

    def coefficients(self, step: int) -> tuple[float, ...]:
        """The coefficients of the formula in step number ``step``, counted from 1."""
        knobs = self.knobs if self.factor is None else self.knobs | {"lr": self.knobs["lr"] * self.factor(step)}
        numbers: tuple[float, ...] = self.option.coefficients(step, **knobs)
        return numbers

    def apply(
        self,
        weights: dict[str, Quantity],
        state: dict[str, Quantity],
        gradients: Mapping[str, Quantity],
        step: int,
    ) -> None:
        """Update all weights, by name, and the optimizer's state, by ``slot/name``; both in place."""
        numbers = self.coefficients(step)
        for name, gradient in gradients.items():
            before = [state[f"{slot}/{name}"] if slot in self.kept else 0.0 for slot in self.slots]
            moved = self.option.update(weights[name], gradient, *before, *numbers)
            weights[name], after = (moved[0], moved[1:]) if self.slots else (moved, ())
            for slot, kept in zip(self.slots, after, strict=True):
                if slot in self.kept:
                    state[f"{slot}/{name}"] = kept
