"""A hidden layer with batch norm and dropout."""

from backprop_lab.options.rules import FROM_0_BELOW_1, real, whole

KNOBS = {"width": whole("units", 1, 512), "p": real("share of the units that a step leaves out", FROM_0_BELOW_1)}


def build(in_features, outputs, *, width, p):
    from torch import nn

    return nn.Sequential(
        nn.Linear(in_features, width),
        nn.BatchNorm1d(width),
        nn.ReLU(),
        nn.Dropout(p),
        nn.Linear(width, 1),
        nn.Flatten(0),
    )
