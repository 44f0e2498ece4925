"""What the server loads from which the workers are forked: importing this loads it."""

from backprop_lab import garbage

garbage.load("backprop_lab.sweep.worker")
