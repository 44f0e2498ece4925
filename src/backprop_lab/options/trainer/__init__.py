"""``trainer=``: the device to train on.

``DEVICE`` is the device of a single run; a batched sweep uses the first of ``BATCHED_DEVICES`` that is available.
"""
