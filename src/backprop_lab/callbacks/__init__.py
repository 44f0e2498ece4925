"""``callbacks=``: code that runs at the end of each epoch and after the fit, the same for every engine.

An optional callback is a module with a ``build(context, **knobs) -> Callback`` and the rules of its knobs in ``KNOBS``.
It may define ``DRAWS = True`` if it draws figures, which a batched sweep omits for its jobs; ``RECORDS = True`` if it
writes States; ``epochs(last, **knobs)``, the epochs at whose end it needs the State; and ``refusal(others, **knobs)``,
a knob, its value and what is allowed, for an invalid combination. Neither torch nor NumPy may be imported before it is
built.
"""
