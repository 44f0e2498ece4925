"""178 wines of three growers, each with 13 chemical measurements."""

from backprop_lab.options.table import Table
from backprop_lab.options.tables import bundled


def table() -> Table:
    return bundled.table("wine", "grower")
