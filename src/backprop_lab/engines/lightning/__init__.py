"""A PyTorch Lightning Trainer."""

from backprop_lab.engines.lightning.engine import fit as fit
from backprop_lab.engines.lightning.learner import Learner as Learner
from backprop_lab.engines.lightning.points import PointsModule as PointsModule
