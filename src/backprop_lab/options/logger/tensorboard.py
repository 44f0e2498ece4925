"""TensorBoard: scalars, figures, the network's graph, and hyperparameters with their results."""

from backprop_lab.options.rules import flag

KNOBS = {"histograms": flag("also write histograms of all weights and gradients, at the recorded epochs")}
ALSO_CALLED = ("tb", "TensorBoardLogger")
