"""What the server loads from which the workers are forked: importing this loads it."""

from backprop_lab.experiment import garbage

garbage.load("backprop_lab.sweep.places.worker")
