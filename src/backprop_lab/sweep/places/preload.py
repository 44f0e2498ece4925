"""Preloads the worker's modules in the server that the workers are forked from."""

from backprop_lab.experiment import garbage

garbage.load("backprop_lab.sweep.places.worker")
