"""Fisher 1936: 150 iris flowers of three species, each with four lengths."""

from backprop_lab.options import bundled
from backprop_lab.options.table import Table


def table() -> Table:
    return bundled.table("iris", "species")
