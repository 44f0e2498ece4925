"""``penalty=``: what large weights cost. It is added to the loss whose gradient moves them, and reported by itself.

``value(w, strength)`` and ``slope(w, strength)``, its derivative, are of one weight. All weights of layers count, and
biases do not. Further arguments are the penalty's knobs in the order of its ``KNOBS``. A penalty without ``value`` adds
nothing.
"""

from backprop_lab.options.rules import FROM_0, real

STRENGTH = real("what a weight costs: its absolute value (l1) or its square (l2) is multiplied by this", FROM_0)
