"""Adadelta (Zeiler 2012): the step is the gradient times RMS(previous steps) / RMS(gradients)."""

from backprop_lab.options.arithmetic import plus, sqrt
from backprop_lab.options.rules import ABOVE_0, FROM_0_BELOW_1, real

KNOBS = {"lr": real("learning rate", ABOVE_0), "rho": real("decay of both running means", FROM_0_BELOW_1)}
SLOTS = ("square_avg", "acc_delta")


def slots(**_):
    return SLOTS


def coefficients(step, lr, rho):
    return lr, rho


def update(weight, gradient, square, moved, lr, rho):
    square = rho * square + (1.0 - rho) * gradient * gradient
    delta = sqrt(moved + 1e-6) / sqrt(square + 1e-6) * gradient
    moved = rho * moved + (1.0 - rho) * delta * delta
    return plus(weight, -lr, delta), square, moved
