"""Trains the jobs of a sweep on a Ray cluster, an order on each of its cores."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.console import count
from backprop_lab.sweep.places.elsewhere import Origin, carry_out
from backprop_lab.sweep.places.order import Carried, Order
from backprop_lab.sweep.places.place import News
from backprop_lab.training import interruption

CONNECTING, ANSWERING = 3, 5
"""Seconds that a cluster has until its port is open, and then until it answers."""
APART = 0.5
"""Seconds between the reports of a worker: of a thousand, the driver could not take many more."""
RETRIES = 3


class Ray:
    """A cluster that this process is connected to, from ``build`` until it is left."""

    is_elsewhere = True

    def __init__(self, ray: Any) -> None:
        self.ray = ray
        self.workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
        self.nodes = sum(node["Alive"] for node in ray.nodes())
        self._orders: dict[Any, int] = {}  # by the reference of its result
        self._told: dict[int, int] = {}  # steps

    @property
    def described(self) -> str:
        return f"{count(self.workers, 'core')} of {count(self.nodes, 'node')} of Ray"

    def __enter__(self) -> "Ray":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for reference in self._orders:
            with contextlib.suppress(Exception):  # the cluster is gone, and the task with it
                self.ray.cancel(reference, force=True)
        with _own_signals(signal.SIGTERM):
            self.ray.shutdown()

    def give(self, orders: Sequence[Order]) -> None:
        ray, origin = self.ray, Origin.here()
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        self._progress = ray.remote(_Progress).options(num_cpus=0, scheduling_strategy=here).remote()
        task = ray.remote(_task).options(
            num_cpus=1, max_retries=RETRIES, retry_exceptions=False, scheduling_strategy="SPREAD"
        )
        for number, order in enumerate(orders):
            self._orders[task.remote(number, order, origin, self._progress)] = number

    def listen(self, seconds: float) -> Iterable[News]:
        ended, _ = self.ray.wait([*self._orders], timeout=seconds)
        with contextlib.suppress(self.ray.exceptions.RayError):  # the next report says more
            for number, steps in self.ray.get(self._progress.drain.remote(), timeout=ANSWERING).items():
                yield News(number, steps - self._told.get(number, 0))
                self._told[number] = steps
        ended += self.ray.wait([*self._orders], num_returns=len(self._orders), timeout=0)[0]
        for reference in dict.fromkeys(ended):
            yield self._news(self._orders.pop(reference), reference)

    def _news(self, number: int, reference: Any) -> News:
        try:
            carried: Carried = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as failure:
            return News(number, lost=f"on Ray: {_first_line(failure.cause or failure)}")
        except self.ray.exceptions.RayError as lost:
            return News(number, lost=f"its worker on Ray was lost {RETRIES + 1} times: {_first_line(lost)}")
        return News(number, carried=carried)


class _Progress:
    """The steps of each order, as its furthest attempt has told. An actor."""

    def __init__(self) -> None:
        self.steps: dict[int, int] = {}
        self.new: set[int] = set()

    def tell(self, order: int, steps: int) -> None:
        if steps > self.steps.get(order, 0):
            self.steps[order] = steps
            self.new.add(order)

    def drain(self) -> dict[int, int]:
        """What has been told since the last time."""
        new, self.new = self.new, set()
        return {order: self.steps[order] for order in new}


def _task(number: int, order: Order, origin: Origin, progress: Any) -> Carried:
    taken, last = 0, time.monotonic()

    def report(steps: int) -> None:
        nonlocal taken, last
        taken += steps
        if time.monotonic() > last + APART:
            last = time.monotonic()
            progress.tell.remote(number, taken)

    return carry_out(order, origin, report)


def _first_line(failure: BaseException) -> str:
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    return lines[0] if lines else type(failure).__name__


def build(address: str | None) -> Ray:
    """Connect to the cluster at ``address`` or ``RAY_ADDRESS``, or start one on this machine.

    Raises ``ConfigError`` if Ray is not installed, or if no cluster answers.
    """
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError:
        raise ConfigError("hydra.launcher.where", "ray", "ray after: pip install 'backprop-lab[ray]'") from None
    address = address or os.environ.get("RAY_ADDRESS") or None
    _require(address)
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        with _own_signals():
            ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, include_dashboard=None)
    except Exception as failure:  # Ray raises many types
        raise _unreachable(address, _first_line(failure)) from None
    return Ray(ray)


def _require(address: str | None) -> None:
    """Raise ``ConfigError`` if no cluster answers at an address, for which Ray itself would wait for minutes."""
    scheme, _, rest = (address or "").rpartition("://")
    host, separator, port = rest.rpartition(":")
    if not separator or not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECTING).close()
        if not scheme:
            command = ("health-check", "--address", rest)
            ray = [sys.executable, "-c", "from ray.scripts.scripts import main; main()"]
            subprocess.run([*ray, *command], check=True, capture_output=True, timeout=ANSWERING)
    except OSError as problem:
        raise _unreachable(address, problem.strerror or type(problem).__name__) from None
    except subprocess.SubprocessError:
        raise _unreachable(address, "what is there is no Ray cluster") from None


def _unreachable(address: str | None, why: str) -> ConfigError:
    return ConfigError("hydra.launcher.address", address, f"the address of a Ray cluster that answers ({why})")


@contextlib.contextmanager
def _own_signals(*others: signal.Signals) -> Iterator[None]:
    """Ray sets handlers of its own, and when it leaves those of the system, after which a signal would end the process.
    Those of a terminal that come meanwhile wait, and ``others``."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with interruption.held_back(*others):
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
