"""What one member of a chunk has been through."""

from dataclasses import dataclass, field

from backprop_lab.training.epoch_end import Row
from backprop_lab.training.outcome import Stopped
from backprop_lab.training.state import State


@dataclass
class History:
    """All that the run folder of a member holds.

    ``rows`` go by epoch. ``state`` is the last finite one, or that at which ``stop=`` ended the training. ``best`` is
    the row with the lowest ``val_loss``, and ``best_state`` the State at its epoch; None if no epoch was logged before
    the training diverged.
    """

    start: State
    rows: dict[int, Row] = field(default_factory=dict)
    frames: list[State] = field(default_factory=list)
    best: Row | None = None
    best_state: State | None = None
    state: State = field(init=False)
    has_diverged: bool = False
    stopped: Stopped | None = None
