"""Everything that a ``key=option`` chooses: one small module per option, which defines it completely.

A module holds its knobs and their rules, its formula, its counterpart in torch, and its texts for the pages. The
defaults of the knobs are in a YAML file of the same name under ``configs/``. No other code names an option: consumers
call what ``discovery`` finds. Nothing here imports torch or NumPy at module level, because the command line is checked
before they are loaded.
"""
