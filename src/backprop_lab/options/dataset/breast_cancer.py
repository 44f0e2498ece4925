"""569 breast tumours, malignant or benign, each with 30 measurements of its cell nuclei."""

from backprop_lab.options import bundled
from backprop_lab.options.table import Table


def table() -> Table:
    return bundled.table("breast_cancer", "diagnosis")
