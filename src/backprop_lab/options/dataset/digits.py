"""1,797 handwritten digits, each 8 x 8 pixels."""

from backprop_lab.options.table import Table
from backprop_lab.options.tables import bundled

IMAGE = (8, 8)


def table() -> Table:
    return bundled.table("digits", "digit")
