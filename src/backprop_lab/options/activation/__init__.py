"""``model.activation=``: what stands between the layers. A knob of models, so its options have no YAML files.

``value(z)`` and ``slope(z, a)``, its derivative in terms of the sum ``z`` and the value ``a``, are what the
hand-written rungs compute. ``on_torch()`` gives torch's own function if there is one; without it the torch rungs
compute the same two formulas.

``RANGE`` is set for an activation between two ends, at which a unit saturates; ``CAN_DIE`` if a part of it is exactly
flat, so that a unit may pass no gradient for any point; ``IS_LINEAR`` if it bends nothing.
``derivative(h, z, a, total)`` are the words of the X-ray.
"""
