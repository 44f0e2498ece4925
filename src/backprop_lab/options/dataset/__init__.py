"""``dataset=``: the data to learn.

``sample(n, generator, **knobs) -> (x, y)`` draws ``n`` points: ``x`` of shape [n, features] and ``y`` of shape [n],
both float64; classes 0.0, 1.0 and so on, or regression targets. The knobs are the option's own, without those below.
The caller adds the noise, after labelling. If there is ``rule(x, **knobs) -> y``, it gives the answers without noise,
and success is judged against it. A data set with ``OWN_POINTS`` has that many fixed points, which it returns
for ``n = None``; it is trained and validated on them. One with ``table(**knobs) -> Table`` instead has a table, whose
rows are split, or with ``IS_VALIDATED_ON_ITSELF`` are used for both. Its YAML file gives its ``task``: binary,
multiclass or regression. How many classes there are is said by its knob ``classes`` or its constant ``CLASSES``, or
else by the points. If the inputs are the pixels of an image, row by row from the top, ``IMAGE`` has its rows and
columns, and the page shows them as pictures.
"""

from backprop_lab.options import discovery, features
from backprop_lab.options.rules import BETWEEN_0_AND_1, FROM_0, FROM_0_BELOW_1, flag, or_null, real, whole

TASKS = ("binary", "multiclass", "regression")


def _with_own_points() -> list[str]:
    return discovery.those("dataset", lambda option: hasattr(option, "OWN_POINTS") or hasattr(option, "table"))


KNOBS = {
    "n_samples": or_null(
        whole("number of points, training and validation together", 2, 10_000_000),
        lambda: f"the data set's own points ({' and '.join(_with_own_points())} only)",
    ),
    "noise": real("standard deviation of the Gaussian noise added after labelling (regression: to y)", FROM_0),
    "label_noise": real("fraction of the points that get another class than their own", FROM_0_BELOW_1),
    "features": features.RULE,
    "standardize": flag(
        "subtract the mean of each input, and of the targets of a regression, and divide by the standard deviation, "
        "both of the training points"
    ),
    "val_fraction": real("fraction of the points held out for validation", BETWEEN_0_AND_1),
    "test_fraction": real("fraction of the points held out for a test, which is made once, at the end", FROM_0_BELOW_1),
    "folds": or_null(
        whole("number of parts of a cross-validation", 2, 1_000), "one part held out, as val_fraction says"
    ),
    "fold": or_null(whole("the part that is held out for validation, counted from 0", 0, 999), "no cross-validation"),
    "split_seed": or_null(whole("seed of who is held out", 0, 2**32 - 1), "that of the run"),
    "batch_size": or_null(whole("points per step", 1, 10_000_000), "all of them"),
    "shuffle": flag("shuffle the points in each epoch"),
}
