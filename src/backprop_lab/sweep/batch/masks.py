"""The dropout masks of all members of a chunk. Axes: M members, B points of a batch."""

from collections.abc import Sequence

import numpy as np

from backprop_lab.sweep.batch.ensemble import Named, Shape
from backprop_lab.training.dropout import masks_of
from backprop_lab.training.masked import masked_layers
from backprop_lab.training.task import Task


class MemberMasks:
    """Each member's masks, by their names in the network."""

    def __init__(self, tasks: Sequence[Task], shape: Shape) -> None:
        self.tasks, self.shape = tasks, shape
        places = masked_layers(shape.network(), shape.in_features)
        self.names = [f"{name}.mask" for name, _, _ in places]
        self.places = [(share, units) for _, share, units in places]

    def of(self, epoch: int) -> list[Named]:
        """For each step of an epoch, the masks by name, [M, B, units]."""
        steps = self.tasks[0].steps_per_epoch
        if not self.places:
            return [{}] * steps
        drawn = [masks_of(task, epoch, self.places) for task in self.tasks]
        drawn += [drawn[0]] * (self.shape.members - len(drawn))
        return [
            {
                name: self.shape.tensor(np.stack([member[step][place] for member in drawn]))
                for place, name in enumerate(self.names)
            }
            for step in range(steps)
        ]
