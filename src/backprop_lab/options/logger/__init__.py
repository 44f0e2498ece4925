"""``logger=``: additional logs of a training; one name or several, as in ``logger=[tensorboard,csv]``.

``build(folder, **knobs)`` returns one of Lightning's ``Logger`` objects, which works on every rung; ``folder`` is a
subfolder of the run folder, named after the logger. ``REWRITES`` says that it rewrites its files when a run is resumed,
so it has to be given the earlier rows again. A logger without ``build`` is a callback of this project with the same
name. ``IS_NOBODY`` marks the option for no logger.
"""
