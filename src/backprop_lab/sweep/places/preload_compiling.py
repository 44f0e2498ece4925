"""The same with what compiling needs."""

from backprop_lab.experiment import garbage

garbage.load("backprop_lab.sweep.places.worker", "backprop_lab.sweep.batch.toolchain")
