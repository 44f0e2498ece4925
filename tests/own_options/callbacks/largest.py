"""The largest weight of each epoch, in largest.csv."""

from backprop_lab.callbacks.base import Callback
from backprop_lab.options.rules import whole

KNOBS = {"digits": whole("digits behind the point", 1, 9)}


def epochs(last, *, digits):
    return range(1, last + 1)


class Largest(Callback):
    def __init__(self, run, digits):
        self.run, self.digits, self.lines = run, digits, []

    def on_epoch_end(self, end):
        largest = max(abs(w).max() for w in end.state.weights.values())
        self.lines.append(f"{end.epoch},{largest:.{self.digits}f}")

    def on_end(self, state):
        self.run.files.write("largest.csv", "\n".join(self.lines).encode())


def build(context, *, digits):
    return Largest(context.run, digits)
