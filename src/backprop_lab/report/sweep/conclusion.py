"""The end of a sweep: table, pictures and page; if the page fails, one line says so and the sweep is complete."""

from backprop_lab.experiment.conclusion import described
from backprop_lab.experiment.console import short
from backprop_lab.experiment.printing import error, say
from backprop_lab.sweep import jobs
from backprop_lab.sweep.folder import Sweep


def conclude(sweep: Sweep) -> int:
    """Write table, pictures and page of a sweep and print its result; returns the exit status."""
    shown, status = jobs.conclude(sweep)
    if not shown:
        return status
    from backprop_lab.report.sweep import page  # only imported if a page is written

    try:
        say(short(page.write(sweep, shown)))
    except (Exception, SystemExit) as failure:  # also of an option of the user's own
        error(f"report.html was not written ({described(failure)}); the sweep itself is complete")
    return status
