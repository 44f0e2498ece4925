"""Where the orders of a batched sweep are carried out: each place is a module of this package."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from backprop_lab.config.errors import ConfigError
from backprop_lab.options.rules import Rule, or_null, text, whole

if TYPE_CHECKING:
    from backprop_lab.sweep.places.order import Carried, Order


class News(NamedTuple):
    """What has become of an order: the steps that were taken since the last news, and its end.

    It has ended if it is ``carried`` out, or ``lost``: nobody is at it any more, for this reason.
    """

    order: int
    steps: int = 0
    carried: "Carried | None" = None
    lost: str = ""

    @property
    def has_ended(self) -> bool:
        return self.carried is not None or bool(self.lost)


class Place(AbstractContextManager["Place"], Protocol):
    """Leaving it stops everything that still works there.

    ``workers`` is the number of orders that can be carried out at once, and ``described`` says what they are. To give
    one to a place that ``is_elsewhere`` takes time, and it may be carried out again after an accident.
    """

    workers: int
    is_elsewhere: bool

    @property
    def described(self) -> str: ...

    def give(self, orders: "Sequence[Order]") -> None:
        """Begin to carry out ``orders``, each at least once."""

    def listen(self, seconds: float) -> Iterable[News]:
        """The news of the orders, by their numbers in what was given; waits at most so long for the first."""


KNOBS: dict[str, dict[str, Rule]] = {
    "local": {"threads": or_null(whole("number of threads", 1, 10_000), "one more than there are cores")},
    "ray": {"address": or_null(text("address of a cluster"), "that of RAY_ADDRESS, or a new one on this machine")},
    "slurm": {
        "partition": or_null(text("partition of the tasks"), "that of the cluster"),
        "account": or_null(text("account that is charged"), "that of the user"),
        "minutes": or_null(whole("the longest that a task may take", 1, 100_000), "60"),
        "cores": or_null(whole("cores of a task", 1, 10_000), "1"),
        "tasks": or_null(whole("the most tasks at once", 1, 100_000), "as many as the cluster starts"),
    },
}  # fmt: skip
"""The places, each a module with ``build``, and the keys of ``hydra.launcher`` that each takes. Here, so that a command
line is checked before anything of a place is loaded."""


def all_keys() -> list[str]:
    """The keys of all places."""
    return [key for of_place in KNOBS.values() for key in of_place]


def check(where: object, given: Mapping[str, object]) -> None:
    """Raise ``ConfigError`` if there is no such place, or if it does not take the values ``given`` for keys."""
    if where not in KNOBS:
        raise ConfigError("hydra.launcher.where", where, ", ".join(KNOBS))
    own = KNOBS[str(where)]
    for key, value in given.items():
        if value is not None and key not in own:
            raise ConfigError(f"hydra.launcher.{key}", value, f"nothing with hydra.launcher.where={where}")
        if key in own and not own[key].accepts(value):
            raise ConfigError(f"hydra.launcher.{key}", value, own[key].allowed)


def place_at(where: str, given: Mapping[str, object]) -> Place:
    """The place, with the values ``given`` for its keys, which were checked.

    Raises ``ConfigError`` if its library is missing, or if it cannot be reached.
    """
    module = importlib.import_module(f"{__package__}.{where}")
    place: Place = module.build(**{key: given.get(key) for key in KNOBS[where]})
    return place
