"""The chain rule of ``by_hand``, compiled by Numba: the slowest rung's mathematics as the fastest program.

A single run is a block of one member, so it has the bits that it would have among thousands.
"""

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.engines.kernel import border
from backprop_lab.training.epoch_end import EpochEnd, Watch
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def require(config: Config) -> None:
    """Raise ``ConfigError`` if the kernel cannot compute a training."""
    if why := border.why_not(config):
        raise ConfigError("engine", config.engine.name, f"another engine here: {why}")


def fit(task: Task, start: State, watch: Watch) -> State:
    from backprop_lab.engines.kernel.block import Block  # loads Numba

    block = Block([task], [start])
    state = start
    for epoch in range(start.epoch + 1, task.epochs + 1):
        block.train(1, task.order(epoch))
        row = block.last_row(0)
        block.forget_rows()
        state = block.state(0, block.members.state, epoch)
        watch(EpochEnd(epoch, state.step, block.loss(0), row, state))
    return state
