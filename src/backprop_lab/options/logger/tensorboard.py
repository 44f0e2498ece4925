"""TensorBoard: scalars, figures, the network's graph, and hyperparameters with their results."""

ALSO_CALLED = ("tb", "TensorBoardLogger")
