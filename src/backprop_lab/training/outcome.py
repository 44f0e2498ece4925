"""How a training may end before its last epoch on its own. See also ``interruption``."""

from backprop_lab.training.state import State


class Diverged(Exception):
    """The loss or a weight is no longer finite. ``state`` is the last finite State."""

    def __init__(self, epoch: int, state: State) -> None:
        super().__init__(f"the loss is not a finite number from epoch {epoch} on; try a lower optimizer.lr")
        self.epoch = epoch
        self.state = state


class Stopped(Exception):
    """``stop=`` ended the training, which counts as finished. ``state`` is the State of its last epoch."""

    def __init__(self, state: State, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason
