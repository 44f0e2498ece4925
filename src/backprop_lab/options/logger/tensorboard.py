"""TensorBoard: scalars, figures, the network's graph and the hyperparameters with their results."""
