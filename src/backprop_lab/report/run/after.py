"""Writes the page of a run after its training; if that fails, it prints one line and the run is still complete."""

from pathlib import Path

from backprop_lab.experiment.left_out import reason
from backprop_lab.experiment.printing import error
from backprop_lab.runs.run import Run
from backprop_lab.training.interruption import FAILURES, recognized


def page_of_run(run: Run) -> Path | None:
    """Write the page of a run that has ended; None if there is none or it failed."""
    from backprop_lab.report.run import page  # only imported if a page is written

    if not run.status.has_ended:
        return None
    try:
        with recognized():
            return page.write(run)
    except FAILURES as failure:
        error(f"report.html was not written ({reason(failure)}); the run itself is complete")
        return None
