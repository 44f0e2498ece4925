"""Automatic differentiation of scalars: values that remember how they were computed, and their gradients.

Standard library only. ``value`` has the numbers and the chain rule, ``nn`` neurons and layers, ``graph`` their drawing,
and ``derivative`` numerical derivatives for comparison.
"""

from backprop_lab.autograd.value import DomainError, Value, zero_grad

__all__ = ["DomainError", "Value", "zero_grad"]
