"""Counts what held, and says it in a line: ``make faults`` prints one for each kind of fault."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import pytest

MOST_SHOWN = 5


@dataclass
class Count:
    """How often something held, and where it did not."""

    of: int = 0
    wrong: list[str] = field(default_factory=list)
    more: str = ""

    def __call__(self, what: object, holds: bool, why: object = "") -> None:
        self.of += 1
        if not holds:
            self.wrong.append(f"{what}: {why}" if why != "" else str(what))


class Tally(Protocol):
    def __call__(self, fault: str, holds: str) -> contextlib.AbstractContextManager[Count]: ...


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """``with tally("kills", "resumed with the same bits") as count:``, and ``count(which, holds)`` for each.

    Fails at the end if one did not hold, or if there was none.
    """

    @contextlib.contextmanager
    def counting(fault: str, holds: str) -> Iterator[Count]:
        count = Count()
        try:
            yield count
        finally:
            figure = f"{count.of - len(count.wrong):,} of {count.of:,} {holds}{count.more}"
            record_property("fault", f"{fault:<22} {figure}")
        assert count.of, "nothing was tried"
        shown = "\n".join(count.wrong[:MOST_SHOWN])
        assert not count.wrong, f"{len(count.wrong)} of {count.of} did not hold:\n{shown}"

    return counting


Amount = Callable[[int, int], int]


@pytest.fixture
def amount(request: pytest.FixtureRequest) -> Amount:
    """``amount(few, many)`` is how often to try: many with ``--whole``, as in `make faults`."""
    is_whole = request.config.getoption("--whole")
    return lambda few, many: many if is_whole else few
