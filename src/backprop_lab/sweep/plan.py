"""Plans which jobs of a sweep are trained together and how, from their configurations, before torch is loaded."""

import importlib.util
import itertools
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.config.types import Config
from backprop_lab.training import devices
from backprop_lab.training.chain import described
from backprop_lab.training.points import held_back

# The number of members of one program: on a CPU large enough to hide the overhead of calls and small enough for the
# fastest caches; on a GPU enough to fill it. Fewer for large networks, down to the minimum.
MEMBERS, MEMBERS_ON_GPU, LEAST_MEMBERS = 256, 8192, 32
BYTES = 512 * 1024**2  # of one chunk
LIKE_ANOTHER = [2, 64, 64, 1]  # the widths of a medium-sized network

# Seconds of one step, measured on a 2-core machine for networks from 2-8-1 to 2-64-64-1: the overhead of a call, and
# the time per member, parameter and point. Only accurate enough to decide whether compiling pays off.
EAGER_CALL, EAGER_WORK = 4e-4, 2.3e-9
COMPILING = 5.0

NOTHING: Mapping[int, "Batch"] = MappingProxyType({})


class Batch(NamedTuple):
    """How a job is computed: in a program of at most ``members`` members. This decides the last bits of its numbers."""

    members: int
    compiled: bool
    device: str


@dataclass(frozen=True)
class Chunk:
    """Job numbers that are trained together."""

    numbers: list[int]
    batch: Batch


@dataclass(frozen=True)
class Plan:
    """The chunks of a sweep, from ``groups`` groups, and the jobs that are trained alone, by engine."""

    groups: int
    chunks: list[Chunk]
    alone: dict[str, list[int]]


def plan(configs: Mapping[int, Config], compiles: bool | None, decided: Mapping[int, Batch] = NOTHING) -> Plan:
    """Group jobs that fit one tensor program, and cut the groups into chunks.

    If ``compiles`` is None, the amount of work decides. Jobs of a sweep that is completed are computed as ``decided``
    when it began.
    """
    groups: dict[tuple[str, Batch | None], list[int]] = {}
    trainers = {config.trainer.name: config.trainer for config in configs.values()}
    where = {name: devices.of_batch(trainer) for name, trainer in trainers.items()}
    alone: dict[str, list[int]] = {}
    for number, config in configs.items():
        if config.engine.option.IS_BATCHED:
            group = f"{where[config.trainer.name]} {_shape(config)}", decided.get(number)
            groups.setdefault(group, []).append(number)
        else:
            alone.setdefault(config.engine.name, []).append(number)
    chunks: list[Chunk] = []
    for (_, before), numbers in groups.items():
        config = configs[numbers[0]]
        batch = before or _decide(config, len(numbers), where[config.trainer.name], compiles)
        parts = [numbers[i : i + batch.members] for i in range(0, len(numbers), batch.members)]
        chunks += [Chunk(part, batch) for part in parts]
    return Plan(len(groups), chunks, alone)


def _decide(config: Config, jobs: int, device: str, compiles: bool | None) -> Batch:
    """How the jobs of a group are computed."""
    wanted = _repays(config, jobs) if compiles is None else compiles
    return Batch(_size(config, device), wanted and compiler(device) is not None, device)


def compiler(device: str) -> str | None:
    """The compiler that torch uses on ``device``; None if there is none."""
    if device != "cpu":
        return "triton" if importlib.util.find_spec("triton") else None
    return next((name for name in (os.environ.get("CXX"), "g++", "clang++") if name and shutil.which(name)), None)


def cores() -> int:
    """The number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shape(config: Config) -> str:
    """What the jobs of one group have in common. Everything else is stored per member."""
    dataset = config.dataset
    return json.dumps([
        dataset.name, dataset.task, dataset.n_samples, dataset.n_samples and dataset.val_fraction, dataset.batch_size,
        config.model.name, {key: value for key, value in config.model.knobs.items() if key != "init"},
        config.loss.name, dict(config.loss.knobs), config.penalty.name, config.optimizer.name, config.epochs,
        config.log_every_n_epochs, config.precision, config.callbacks,
    ], sort_keys=True)  # fmt: skip


def steps_of(config: Config) -> int:
    """The number of steps of one member, from its configuration."""
    n = _points(config)
    return config.epochs * -(-n // min(config.dataset.batch_size or n, n))


def _points(config: Config) -> int:
    """The number of training points."""
    dataset = config.dataset
    if dataset.n_samples is None:
        return int(dataset.option.OWN_POINTS)
    return dataset.n_samples - held_back(dataset.n_samples, dataset.val_fraction)


def _widths(config: Config) -> list[int]:
    """The layer widths, assuming two inputs; a guess for a model that is not sequential."""
    layers = described(config.model, 2, 1)
    return LIKE_ANOTHER if layers is None else [layers[0].inputs, *(layer.units for layer in layers)]


def _parameters(config: Config) -> int:
    """The approximate number of parameters."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(_widths(config)))


def _repays(config: Config, members: int) -> bool:
    """Whether a group has enough work for compiling to pay off."""
    batch = min(config.dataset.batch_size or _points(config), _points(config))
    calls = -(-members // MEMBERS)
    work = members * _parameters(config) * batch
    return steps_of(config) * (calls * EAGER_CALL + EAGER_WORK * work) > COMPILING


def _size(config: Config, device: str) -> int:
    """The size of a chunk, independent of the number of jobs, so that one more job does not cause a recompilation."""
    size = MEMBERS if device == "cpu" else MEMBERS_ON_GPU
    frames = len(recorded_epochs(config))
    points, widths = config.dataset.n_samples or _points(config), _widths(config)
    floats = (frames + 8) * 3 * _parameters(config) + 8 * points * 3
    floats += points * max(widths)  # validation
    if config.model.knobs.get("dropout"):
        floats += points * sum(widths)  # the masks of an epoch
    while size > LEAST_MEMBERS and size * floats * config.precision / 8 > BYTES:
        size //= 2
    return size
