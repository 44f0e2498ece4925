"""z sigmoid(z)."""

from backprop_lab.options.arithmetic import sigmoid


def value(z):
    return z * sigmoid(z)


def slope(z, a):
    s = sigmoid(z)
    return s + a * (1.0 - s)
