"""The engine that understands: scalars that remember where they came from, and the gradients that follow from it.

Standard library only. ``value`` holds the numbers and the chain rule, ``nn`` neurons and layers made of them, ``graph``
their drawing, ``derivative`` what one gets without any of it, by nudging.
"""

from backprop_lab.autograd.value import DomainError, Value, zero_grad

__all__ = ["DomainError", "Value", "zero_grad"]
