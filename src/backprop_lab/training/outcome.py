"""How a training may end before its last epoch, by itself. See also ``interruption``."""

from backprop_lab.training.state import State


class Diverged(Exception):
    """The loss or a weight is no longer a finite number. ``state`` is the last finite one."""

    def __init__(self, epoch: int, state: State) -> None:
        super().__init__(f"the loss is not a finite number from epoch {epoch} on; try a lower optimizer.lr")
        self.epoch = epoch
        self.state = state


class Stopped(Exception):
    """``stop=`` ended the training, which is complete so. ``state`` is that of its last epoch."""

    def __init__(self, state: State, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason
