"""442 people with diabetes: how far the disease has gone after a year, from ten measurements."""

from backprop_lab.options.table import Table
from backprop_lab.options.tables import bundled


def table() -> Table:
    return bundled.table("diabetes", "progression")
