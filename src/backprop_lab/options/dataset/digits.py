"""1,797 handwritten digits, each 8 x 8 pixels."""

from backprop_lab.options import bundled
from backprop_lab.options.table import Table


def table() -> Table:
    return bundled.table("digits", "digit")
