"""What hangs on an engine: every epoch's end comes here first."""

import math
from collections.abc import Sequence

from backprop_lab.callbacks.base import Callback
from backprop_lab.training import interruption
from backprop_lab.training.task import Diverged, Moment, State


class Watcher:
    """Tells the callbacks of each epoch's end.

    Raises ``Diverged`` where a number is not finite, and ``Interrupted`` where a signal waits; both carry the State to
    keep.
    """

    def __init__(self, start: State, callbacks: Sequence[Callback]) -> None:
        self.finite = start
        self.callbacks = callbacks

    def __call__(self, moment: Moment) -> None:
        numbers = [moment.loss, *(moment.row or {}).values()]
        if not all(map(math.isfinite, numbers)) or not moment.state.is_finite():
            raise Diverged(moment.epoch, self.finite)
        self.finite = moment.state
        for callback in self.callbacks:
            callback.on_epoch_end(moment)
        interruption.check(moment.state)
