"""178 wines of three growers, each with 13 chemical measurements."""

from backprop_lab.options import bundled
from backprop_lab.options.table import Table


def table() -> Table:
    return bundled.table("wine", "grower")
