"""What fails beside a training costs itself and one line: a callback, a picture, a table, a page."""

from collections.abc import Iterable

from backprop_lab.experiment.failure import described
from backprop_lab.runs.errors import RunError


class LeftOut:
    """Collects failures. Those with the same reason, such as a full disk, share a line."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, BaseException]] = []

    def add(self, name: str, failure: BaseException) -> None:
        self.failures.append((name, failure))

    @property
    def names(self) -> list[str]:
        """Everything that failed, each once."""
        return list(dict.fromkeys(name for name, _ in self.failures))

    def lines(self, what: str) -> list[str]:
        """One line for each reason; ``what`` is complete without the things that failed."""
        return lines(self.reasons, what)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """What failed, and why: all that another process needs to know of it."""
        return [(name, reason(failure)) for name, failure in self.failures]


def lines(reasons: Iterable[tuple[str, str]], what: str) -> list[str]:
    """One line for each reason of ``reasons``; ``what`` is complete without the things that failed."""
    names: dict[str, list[str]] = {}
    for name, why in reasons:
        names.setdefault(why, []).append(name)
    return [f"{_listed(of_why)} left out ({why}); {what} is complete" for why, of_why in names.items()]


def reason(failure: BaseException) -> str:
    """Why something failed, without the name of a file if the system refused it: others fail for the same reason."""
    if isinstance(failure, RunError):
        return str(failure)
    return failure.strerror if isinstance(failure, OSError) and failure.strerror else described(failure)


def _listed(names: list[str]) -> str:
    counts = {name: names.count(name) for name in names}
    said = ", ".join(name if count == 1 else f"{name} ({count:,} times)" for name, count in counts.items())
    return f"{said} {'was' if len(counts) == 1 else 'were'}"
