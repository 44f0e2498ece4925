"""What a sweep is to do: ``plan.jsonl``, written before its first job, so that a killed sweep can be completed.

The first line has the configuration of job 0, every other line the overrides of a job and the parts of its
configuration that differ. A job's folder is made when its training begins, or ends in a batch.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop_lab.config.upgrade import FORMAT
from backprop_lab.options.rules import is_whole
from backprop_lab.runs.errors import wrong

FILE = "plan.jsonl"
MAX_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class Planned:
    """A job that is to be trained. ``format`` is that of its configuration."""

    base: Mapping[str, Any]
    changes: Mapping[str, Any]
    overrides: list[str]
    format: int

    @property
    def config(self) -> Mapping[str, Any]:
        return {**self.base, **self.changes}


@dataclass(frozen=True)
class Content:
    """A plan: whether the batched launcher was to train its jobs, and whether they share files."""

    is_batched: bool
    jobs: list[Planned]
    is_packed: bool = False


def content(
    configs: Iterable[Mapping[str, Any]], overrides: Sequence[list[str]], is_batched: bool, is_packed: bool = False
) -> Content:
    """The plan of jobs whose configurations have the same keys."""
    base: Mapping[str, Any] | None = None
    jobs: list[Planned] = []
    for config, typed in zip(configs, overrides, strict=True):
        base = config if base is None else base
        changes = {key: value for key, value in config.items() if value is not base[key] and value != base[key]}
        jobs.append(Planned(base, changes, typed, FORMAT))
    return Content(is_batched, jobs, is_packed)


def dump(plan: Content) -> bytes:
    head = {"format": FORMAT, "batched": plan.is_batched, "config": plan.jobs[0].base}
    lines: Iterator[dict[str, Any]] = ({"overrides": job.overrides, "config": job.changes} for job in plan.jobs)
    packed = {"packed": True} if plan.is_packed else {}
    return "".join(f"{json.dumps(line)}\n" for line in itertools.chain([head | packed], lines)).encode()


def load(file: bytes) -> Content:
    """The plan in a file. Raises ``ValueError`` that names the line if it is none."""
    first, *rest = file.split(b"\n")
    head = _line(1, first, {"format", "batched", "config"}, {"packed"})
    if (
        not is_whole(head["format"])
        or not 1 <= head["format"] <= FORMAT
        or not (isinstance(head["batched"], bool) and isinstance(head.get("packed", False), bool))
    ):
        raise wrong("line 1", head["format"], f"a format up to {FORMAT}, and whether the sweep is batched")
    jobs = []
    for number, line in enumerate(rest[:-1], start=2):
        job = _line(number, line, {"overrides", "config"})
        if not isinstance(job["overrides"], list) or not all(isinstance(text, str) for text in job["overrides"]):
            raise wrong(f"overrides in line {number}", job["overrides"], "texts such as epochs=5")
        jobs.append(Planned(head["config"], job["config"], job["overrides"], head["format"]))
    if rest[-1:] != [b""] or not jobs:
        raise wrong("jobs", f"{len(jobs):,} lines", "a line for each job")
    return Content(head["batched"], jobs, head.get("packed", False))


def _line(
    number: int, line: bytes, keys: set[str], optional: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or read.keys() - optional != keys or not isinstance(read["config"], dict):
        raise wrong(f"line {number}", line[:100].decode(errors="replace"), ", ".join(sorted(keys)))
    return read
