"""Fisher 1936: 150 iris flowers of three species, each with four lengths."""

from backprop_lab.options.table import Table
from backprop_lab.options.tables import bundled


def table() -> Table:
    return bundled.table("iris", "species")
