"""The film of a training: its recorded States as arrays, which take a hundredth of the time of single ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backprop_lab.training.state import State


@dataclass(frozen=True)
class Film:
    """F recorded States. ``epochs`` and ``steps`` are [F]; the arrays of the parts have the frame as first axis."""

    epochs: np.ndarray
    steps: np.ndarray
    weights: dict[str, np.ndarray]
    optimizer: dict[str, np.ndarray]
    buffers: dict[str, np.ndarray]

    @classmethod
    def of(cls, states: Sequence[State]) -> "Film":
        """The film of at least one State."""
        first = states[0]
        return cls(
            np.array([state.epoch for state in states]),
            np.array([state.step for state in states]),
            {name: np.stack([state.weights[name] for state in states]) for name in first.weights},
            {name: np.stack([state.optimizer[name] for state in states]) for name in first.optimizer},
            {name: np.stack([state.buffers[name] for state in states]) for name in first.buffers},
        )

    @property
    def parts(self) -> tuple[dict[str, np.ndarray], ...]:
        return self.weights, self.optimizer, self.buffers

    def states(self) -> list[State]:
        """The States one by one."""
        return [
            State(
                int(epoch), int(step), *({name: array[i, ...] for name, array in part.items()} for part in self.parts)
            )
            for i, (epoch, step) in enumerate(zip(self.epochs, self.steps, strict=True))
        ]
