"""The end of a sweep: table and pictures, and then its page, which if it fails costs itself and one line."""

from backprop_lab.experiment.conclusion import described
from backprop_lab.experiment.console import short
from backprop_lab.experiment.printing import error, say
from backprop_lab.sweep import jobs
from backprop_lab.sweep.folder import Sweep


def conclude(sweep: Sweep) -> int:
    """Write table, pictures and page of a sweep and print its result; gives the exit status."""
    shown, status = jobs.conclude(sweep)
    if not shown:
        return status
    from backprop_lab.report.sweep import page  # a sweep without a page does without these imports

    try:
        say(short(page.write(sweep, shown)))
    except Exception as failure:
        error(f"report.html was not written ({described(failure)}); the sweep itself is complete")
    return status
