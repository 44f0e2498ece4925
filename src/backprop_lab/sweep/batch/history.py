"""The training history of a member of a chunk."""

from dataclasses import dataclass, field

from backprop_lab.training.epoch_end import Row
from backprop_lab.training.film import Film
from backprop_lab.training.outcome import Stopped
from backprop_lab.training.state import State


@dataclass
class History:
    """Everything in a member's run folder.

    ``rows`` are by epoch. ``state`` is the last finite State, or the one at which ``stop=`` ended the training.
    ``best`` is the row with the lowest ``val_loss``, and ``best_state`` the State of its epoch; both are None if the
    training diverged before the first logged epoch.
    """

    start: State
    rows: dict[int, Row] = field(default_factory=dict)
    film: Film | None = None
    best: Row | None = None
    best_state: State | None = None
    state: State = field(init=False)
    has_diverged: bool = False
    stopped: Stopped | None = None

    @property
    def frames(self) -> list[State]:
        """The recorded States."""
        return [] if self.film is None else self.film.states()
