"""TensorBoard: scalars, figures, the network's graph, and hyperparameters with their results."""
