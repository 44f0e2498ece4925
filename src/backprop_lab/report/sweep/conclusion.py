"""The end of a sweep: table, pictures and page. Those that fail cost one line, and the sweep is complete."""

from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import doing, error, say
from backprop_lab.sweep import jobs
from backprop_lab.sweep.folder import PAGE, Sweep, config_of_first
from backprop_lab.training.interruption import FAILURES, recognized


def conclude(sweep: Sweep) -> int:
    """Write table, pictures and page of a sweep and print its result.

    Returns the exit status, which is 1 if a job did not finish, and nothing else.
    """
    left_out = LeftOut()
    shown, status = jobs.conclude(sweep, left_out)
    try:
        with recognized():
            if config_of_first(shown).report is not False:
                from backprop_lab.report.sweep import page  # only imported if a page is written

                with doing("writing the page"):
                    written = page.write(sweep, shown)
                say(short(written))
    except FAILURES as failure:
        left_out.add(PAGE, failure)
    for line in left_out.lines("the sweep itself"):
        error(line)
    return status
