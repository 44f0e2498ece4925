"""The page of a run after its training: one that fails costs itself and one line, and not the run."""

from pathlib import Path

from backprop_lab.experiment.conclusion import described
from backprop_lab.experiment.printing import error
from backprop_lab.runs.run import Run


def page_of_run(run: Run) -> Path | None:
    """Write the page of a run that has come to an end."""
    from backprop_lab.report.run import page  # a run without a page does without these imports

    if not run.status.has_ended:
        return None
    try:
        return page.write(run)
    except Exception as failure:
        error(f"report.html was not written ({described(failure)}); the run itself is complete")
        return None
