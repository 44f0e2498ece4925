"""Plans which jobs of a sweep are trained together and how, from their configurations, before torch is loaded."""

import itertools
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.config.types import Config
from backprop_lab.engines.kernel import border
from backprop_lab.training import devices
from backprop_lab.training.chain import described
from backprop_lab.training.split import sizes_of

KERNEL, VMAP = "kernel", "vmap"
BLOCK = 16  # members of a block of the kernel
# Members of one tensor program: on a CPU as many as hide the overhead of calls, on a GPU enough to fill it. Fewer for
# large networks, down to the minimum.
MEMBERS, MEMBERS_ON_GPU, LEAST_MEMBERS = 1024, 8192, 32
BYTES = 1024**3  # of one chunk
LIKE_ANOTHER = [2, 64, 64, 1]  # the widths of a medium-sized network

CPU = "cpu"


class Batch(NamedTuple):
    """How a job is computed, which decides the last bits of its numbers: by what, and on which device."""

    engine: str
    device: str


@dataclass(frozen=True)
class Group:
    """The numbers of the jobs of one shape, in ``chunks`` that are trained together.

    ``why`` says why the kernel does not compute them.
    """

    chunks: list[list[int]]
    batch: Batch
    why: str = ""

    @property
    def jobs(self) -> list[int]:
        return [number for numbers in self.chunks for number in numbers]


@dataclass(frozen=True)
class Plan:
    """What is trained together, and the jobs that are trained alone, by engine."""

    groups: list[Group]
    alone: dict[str, list[int]]


@dataclass(frozen=True)
class Decided:
    """How a job was to be computed when its sweep began; ``is_earlier`` if that was an earlier version."""

    batch: Batch
    is_earlier: bool = False


NOTHING: Mapping[int, Decided] = MappingProxyType({})
OTHER_BITS = "the last bits differ from those of the sweep's other jobs"


def plan(configs: Iterable[tuple[int, Config]], decided: Mapping[int, Decided] = NOTHING) -> Plan:
    """Group jobs of one shape, given by number, and cut the groups into chunks.

    Jobs of a sweep that is completed are computed as ``decided`` when it began, if that is possible here.
    """
    together: dict[tuple[str, Decided | None], tuple[Config, list[int]]] = {}
    where: dict[str, str] = {}
    alone: dict[str, list[int]] = {}
    shapes: dict[tuple[Any, ...], tuple[str, Config]] = {}
    for number, config in configs:
        trainer = config.trainer
        if trainer.name not in where:
            where[trainer.name] = devices.of_batch(trainer)
        if config.engine.option.IS_BATCHED:
            same = _same(config)  # of jobs that share what decides it, it is asked once
            if same not in shapes:  # the configuration is kept, so that its parts keep their identity
                shapes[same] = f"{where[trainer.name]} {_shape(config)}", config
            group = shapes[same][0], decided.get(number)
            together.setdefault(group, (config, []))[1].append(number)
        else:
            alone.setdefault(config.engine.name, []).append(number)
    groups: list[Group] = []
    for (_, before), (config, numbers) in together.items():
        batch, why = _way(config, where[config.trainer.name], before)
        size = BLOCK if batch.engine == KERNEL else _size(config, batch.device)
        groups.append(Group([numbers[i : i + size] for i in range(0, len(numbers), size)], batch, why))
    return Plan(groups, alone)


def _way(config: Config, device: str, before: Decided | None) -> tuple[Batch, str]:
    """How the jobs of a group are computed, and why not by the kernel."""
    if device != CPU:
        return Batch(VMAP, device), ""
    if before is not None and before.batch.engine == VMAP:
        return before.batch, f"an earlier version began the sweep; {OTHER_BITS}" if before.is_earlier else "as it began"
    impossible = border.why_not(config)
    if before is not None:
        return (Batch(VMAP, CPU), f"{impossible}; {OTHER_BITS}") if impossible else (before.batch, "")
    why = impossible or ("" if config.engine.name == KERNEL else border.why_slower(config))
    return Batch(VMAP if why else KERNEL, CPU), why


def cores() -> int:
    """The number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shape(config: Config) -> str:
    """What the jobs of one group have in common. Everything else is stored per member."""
    dataset = config.dataset
    return json.dumps([
        dataset.name, dataset.task, sizes_of(dataset), dataset.features, dataset.batch_size,
        config.model.name, config.model.own_knobs,
        config.loss.name, dict(config.loss.knobs), config.penalty.name, config.optimizer.name, config.epochs,
        config.log_every_n_epochs, config.precision, config.callbacks,
    ], sort_keys=True)  # fmt: skip


def _same(config: Config) -> tuple[Any, ...]:
    """Equal for configurations that have all that ``_shape`` asks in common, as those of one sweep do."""
    parts = (config.dataset, config.model, config.loss, config.penalty, config.callbacks)
    rest = (config.optimizer.name, config.trainer.name, config.epochs, config.log_every_n_epochs, config.precision)
    return (*map(id, parts), *rest)


def steps_of(config: Config) -> int:
    """The number of steps of one member, from its configuration."""
    n = _points(config)
    return config.epochs * -(-n // min(config.dataset.batch_size or n, n))


def _points(config: Config) -> int:
    """The number of training points."""
    return sizes_of(config.dataset).train


def _widths(config: Config) -> list[int]:
    """The layer widths, assuming two inputs; a guess for a model that is not sequential."""
    layers = described(config.model, 2, 1)
    return LIKE_ANOTHER if layers is None else [layers[0].inputs, *(layer.units for layer in layers)]


def _parameters(config: Config) -> int:
    """The approximate number of parameters."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(_widths(config)))


def _size(config: Config, device: str) -> int:
    """The number of members of a chunk."""
    size = MEMBERS if device == CPU else MEMBERS_ON_GPU
    frames = len(recorded_epochs(config))
    points, widths = sum(sizes_of(config.dataset)), _widths(config)
    floats = (frames + 8) * 3 * _parameters(config) + 8 * points * 3
    floats += points * max(widths)  # validation
    if config.model.knobs.get("dropout"):
        floats += points * sum(widths)  # the masks of an epoch
    while size > LEAST_MEMBERS and size * floats * config.precision / 8 > BYTES:
        size //= 2
    return size
