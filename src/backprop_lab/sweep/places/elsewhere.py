"""Carries out orders in a process of another machine, which has this project installed and the sweep's folder."""

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backprop_lab import __version__
from backprop_lab.options import discovery
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import synced_at_end
from backprop_lab.sweep.places.apart import Apart
from backprop_lab.sweep.places.local import Local
from backprop_lab.sweep.places.order import Carried, Order


@dataclass(frozen=True)
class Origin:
    """Where a sweep comes from: the folder it was started in, those with own options, and the project's version."""

    folder: Path
    own_options: tuple[Path, ...]
    version: str

    @classmethod
    def here(cls) -> "Origin":
        return cls(Path.cwd(), tuple(folder.absolute() for folder in discovery.own_folders()), __version__)

    def take_on(self) -> None:
        """Raises ``RunError`` if this is another version of the project, which may give other numbers."""
        if self.version != __version__:
            raise RunError(f"{socket.gethostname()} has version {__version__}, and the sweep began with {self.version}")
        with contextlib.suppress(OSError):  # only files that a configuration names by a relative path need it
            os.chdir(self.folder)
        for folder in self.own_options:
            if folder not in discovery.own_folders():
                discovery.use(folder)


def carry_out(order: Order, origin: Origin, report: Callable[[int], None]) -> Carried:
    """Carry out an order in this thread."""
    from backprop_lab.sweep.places import work

    origin.take_on()
    with contextlib.closing(Apart()) as apart, synced_at_end(order.sweep):
        return work.carry_out(order, apart, report)


def carry_out_all(orders: Sequence[Order], origin: Origin, threads: int) -> list[Carried]:
    """Carry out some orders in as many threads."""
    origin.take_on()
    carried: dict[int, Carried] = {}
    with synced_at_end(orders[0].sweep), Local(threads) as place:
        place.give(orders)
        while len(carried) < len(orders):
            for news in place.listen(1.0):
                if news.carried is not None:
                    carried[news.order] = news.carried
    return [carried[number] for number in range(len(orders))]
