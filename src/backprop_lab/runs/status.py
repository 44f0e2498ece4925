"""The status of a run in its receipt."""

from enum import StrEnum


class Status(StrEnum):
    """The status of a run. A run without a receipt is ``not run``."""

    NOT_RUN = "not run"
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    DIVERGED = "diverged"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DROPPED = "dropped"

    @property
    def has_ended(self) -> bool:
        """Whether its training is complete: it reached its end, or it diverged."""
        return self in (Status.FINISHED, Status.DIVERGED)

    @property
    def may_be_resumed(self) -> bool:
        """Whether it was stopped early and can be resumed, from a checkpoint if there is one."""
        return self in (Status.INTERRUPTED, Status.FAILED)

    @property
    def is_missing(self) -> bool:
        """Whether completing a sweep runs it: it can be resumed, or has not begun."""
        return self is Status.NOT_RUN or self.may_be_resumed
