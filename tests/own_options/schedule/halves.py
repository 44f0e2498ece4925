"""1, 1/2, 1/3, ... by epoch."""


def factor(step, steps, *, epochs):
    return 1.0 / (1 + step * epochs // steps)
