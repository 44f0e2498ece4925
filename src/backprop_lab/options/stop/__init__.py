"""``stop=``: when a training ends before its last epoch, decided from its rows alone.

``decisions(rows, **knobs)`` looks at the rows of ``metrics.csv`` one after the other and yields for each whether the
training stops there. ``reason(**knobs)`` says why, in a few words. A stop without ``decisions`` never stops.
"""
