"""``callbacks=``: what happens at the end of each epoch and after the fit, the same for every engine.

An optional callback is a module with a ``build(context, **knobs) -> Callback`` and the rules of its knobs in ``KNOBS``.
It may say ``DRAWS = True`` if it draws figures, which a batched sweep leaves out for its jobs; ``RECORDS = True`` if it
writes States; ``epochs(last, **knobs)``, the epochs at whose end it needs the State; and ``refusal(others, **knobs)``,
a knob, its value and what is allowed, for a combination that makes no sense. Neither torch nor NumPy is imported before
it is built.
"""
