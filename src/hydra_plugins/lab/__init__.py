"""Backprop Lab's Hydra plugins: the sweeper and launcher of multiruns, and the check of a run before it starts."""
