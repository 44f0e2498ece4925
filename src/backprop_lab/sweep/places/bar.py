"""The progress bar of a batched sweep."""

import contextlib
import sys
from collections.abc import Sequence

from tqdm import tqdm

from backprop_lab.callbacks.progress import bar_format
from backprop_lab.sweep.places.order import Order


class Bar:
    """Written members, total steps, and the time left; hidden without a terminal."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.members, self.of = 0, sum(len(order.jobs) for order in orders)
        self.bar = tqdm(
            total=sum(order.steps for order in orders), file=sys.stdout, disable=None, leave=False, dynamic_ncols=True,
            unit_scale=True, bar_format=bar_format("{desc}", "{n_fmt}/{total_fmt} steps, {remaining} left"),
        )  # fmt: skip

    def __enter__(self) -> "Bar":
        self.advance(0, 0)
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone
            self.bar.close()

    def advance(self, steps: int, members: int) -> None:
        self.members += members
        self.bar.set_description_str(f"{self.members:,}/{self.of:,} members", refresh=False)
        with contextlib.suppress(OSError):
            self.bar.update(steps)
