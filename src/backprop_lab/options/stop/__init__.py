"""``stop=``: early stopping, decided from the rows of the training alone.

``decisions(rows, **knobs)`` reads the rows of ``metrics.csv`` in order and yields for each whether the training stops
there. ``reason(**knobs)`` gives the reason in a few words. An option without ``decisions`` never stops.
"""
