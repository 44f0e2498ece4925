"""``format=``: what a trained network is exported as; one module each.

A module has ``exported(run) -> bytes``, the file; ``MEANS``, a line for the help; ``FOR_ANY_MODEL``, false if it
exports only layers in a row; and if it needs packages that the extra of its name installs, ``NEEDS``. Whatever a run
says, such as the name of a column, goes into code only as a literal.
"""
