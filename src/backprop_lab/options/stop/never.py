"""The training runs to its last epoch."""
