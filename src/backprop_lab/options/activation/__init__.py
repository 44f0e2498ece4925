"""``model.activation=``: the activation between the layers. A knob of models, so its options have no YAML files.

The hand-written rungs compute ``value(z)`` and ``slope(z, a)``, its derivative in terms of the sum ``z`` and the value
``a``. ``on_torch()`` returns torch's own function if there is one; without it the torch rungs compute the same two
formulas.

``RANGE`` is set for a bounded activation, at whose ends a unit saturates; ``CAN_DIE`` if a part of it is exactly flat,
so that a unit may pass no gradient for any point; ``IS_LINEAR`` if it is linear.
"""
