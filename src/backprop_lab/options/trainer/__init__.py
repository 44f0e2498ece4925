"""``trainer=``: where a training is computed.

``DEVICE`` is where a single run lives, ``BATCHED_DEVICES`` where a batched sweep does: the first that is there.
"""
