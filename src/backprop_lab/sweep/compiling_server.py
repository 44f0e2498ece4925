"""The same with what compiling needs."""

from backprop_lab import garbage

garbage.load("backprop_lab.sweep.worker", "backprop_lab.sweep.toolchain")
