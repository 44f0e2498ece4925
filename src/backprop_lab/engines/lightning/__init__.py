"""A PyTorch Lightning Trainer."""

from backprop_lab.engines.lightning.engine import fit as fit
