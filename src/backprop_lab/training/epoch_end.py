"""The end of an epoch, as every engine reports it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from backprop_lab.training.state import State

Row: TypeAlias = dict[str, float]


@dataclass(frozen=True)
class EpochEnd:
    """``loss`` is averaged over the epoch while the weights were changing. ``row`` has the metrics if the task logs
    this epoch. ``state`` is a copy. ``is_last`` says that the training ends here.
    """

    epoch: int
    step: int
    loss: float
    row: Row | None
    state: State
    is_last: bool = False


Watch: TypeAlias = Callable[[EpochEnd], None]
