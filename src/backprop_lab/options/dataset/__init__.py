"""``dataset=``: what is learned.

``sample(n, generator, **knobs) -> (x, y)`` draws ``n`` points: ``x`` of shape [n, features] and ``y`` of shape [n],
both float64; classes 0.0 and 1.0, or the values of a regression. The knobs are the option's own, without those below.
Noise is added outside, after labelling. A data set with ``OWN_POINTS`` has so many points of its own, which it returns
for ``n = None``. The YAML file says its ``task``: binary or regression.
"""

from backprop_lab.options import discovery
from backprop_lab.options.rules import BETWEEN_0_AND_1, FROM_0, flag, or_null, real, whole

TASKS = ("binary", "regression")


def _with_own_points() -> list[str]:
    return discovery.those("dataset", lambda option: hasattr(option, "OWN_POINTS"))


KNOBS = {
    "n_samples": or_null(
        whole("how many points, training and validation together", 2, 10_000_000),
        lambda: f"a data set's own points ({' and '.join(_with_own_points())} only)",
    ),
    "noise": real("standard deviation by which points move after labelling; for regression y moves", FROM_0),
    "val_fraction": real("share of the points held back for validation", BETWEEN_0_AND_1),
    "batch_size": or_null(whole("points in one step", 1, 10_000_000), "all of them"),
    "shuffle": flag("a new order of points in each epoch"),
}
