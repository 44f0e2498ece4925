"""``logger=``: who else is told of a training while it goes on; one name or several, as ``logger=[tensorboard,csv]``.

``build(folder, **knobs)`` makes one of Lightning's ``Logger`` objects, which works on every rung; ``folder`` is a
sub-folder of the run's own, with the logger's name. ``REWRITES`` says that it begins its files anew when a run is
resumed, and so has to be told again of the rows before. A logger without ``build`` is a callback of this project with
the same name. ``IS_NOBODY`` is the name for none.
"""
