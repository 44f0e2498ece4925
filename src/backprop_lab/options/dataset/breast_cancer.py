"""569 breast tumours, malignant or benign, each with 30 measurements of its cell nuclei."""

from backprop_lab.options.table import Table
from backprop_lab.options.tables import bundled


def table() -> Table:
    return bundled.table("breast_cancer", "diagnosis")
