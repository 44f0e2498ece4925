"""Everything that a ``key=option`` chooses: one small module for each, which says all that there is to say about it.

Its knobs and their rules, its formula, its counterpart in torch, its words for the pages. The defaults of the knobs
stand in a YAML file of the same name under ``configs/``. Nobody else names an option: consumers take what
``discovery`` finds and call it. Nothing here imports torch or NumPy at module level, because a command line is checked
before they are loaded.
"""
