"""``penalty=``: regularization, added to the loss for the gradient and reported separately.

``value(w, strength)`` and ``slope(w, strength)``, its derivative, are for one weight. The penalty covers the weights of
all layers, but not the biases. Further arguments are the penalty's knobs in the order of its ``KNOBS``. A penalty
without ``value`` adds nothing.
"""

from backprop_lab.options.rules import FROM_0, real

STRENGTH = real("factor on the absolute value (l1) or the square (l2) of each weight", FROM_0)
