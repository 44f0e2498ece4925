"""The training goes on to its last epoch."""
