"""``schedule=``: the learning rate over time, as a closed form of the step.

``factor(step, steps, **knobs)`` multiplies the learning rate in step number ``step``, counted from 0, of a horizon of
``steps`` steps (the knob ``epochs``); after the horizon the last factor holds. Being a closed form, it needs no state
when a run is resumed. A schedule without ``factor`` keeps the learning rate constant.
"""

from backprop_lab.options.rules import or_null, whole

KNOBS = {
    "epochs": or_null(
        whole("epochs that the schedule covers; afterwards the last rate holds", 1, 100_000_000),
        "the epochs of the run when it starts",
    )
}
