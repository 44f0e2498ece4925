"""``schedule=``: how the learning rate changes, as a closed form of the step.

``factor(step, steps, **knobs)`` is what the learning rate is multiplied by in the step with this number, counted from
0, of a horizon of ``steps``, which is ``epochs`` of the knobs; behind the horizon the last factor holds. Being a closed
form, it needs no state in a resumed run. A schedule without ``factor`` leaves the learning rate alone.
"""

from backprop_lab.options.rules import or_null, whole

KNOBS = {
    "epochs": or_null(
        whole("over how many epochs the schedule goes; behind them the last rate holds", 1, 100_000_000),
        "those of the run when it starts",
    )
}
