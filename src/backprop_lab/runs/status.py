"""How far a run has come, as its receipt says it."""

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
        """Whether it was trained as far as it could be: to its last epoch, or until its numbers were not finite."""
        return self in (Status.FINISHED, Status.DIVERGED)

    @property
    def may_be_resumed(self) -> bool:
        """Whether it was stopped on its way and may go on, from a checkpoint where there is one."""
        return self in (Status.INTERRUPTED, Status.FAILED)

    @property
    def is_missing(self) -> bool:
        """Whether completing a sweep runs it: it may be resumed, or nobody has begun with it."""
        return self is Status.NOT_RUN or self.may_be_resumed
