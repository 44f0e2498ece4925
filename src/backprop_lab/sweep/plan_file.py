"""What a sweep is to do: ``plan.jsonl``, written before its first job, so that a killed sweep can be completed.

The first line has the configuration of job 0, every other line the overrides of a job and the parts of its
configuration that differ. A job's folder is made when its training begins, or ends in a batch.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop_lab.config.upgrade import FORMAT
from backprop_lab.options.rules import is_whole
from backprop_lab.runs.errors import wrong

FILE = "plan.jsonl"
MAX_BYTES = 1024**3


@dataclass(frozen=True)
class Planned:
    """A job that is to be trained. ``format`` is that of its configuration."""

    config: Mapping[str, Any]
    overrides: list[str]
    format: int


@dataclass(frozen=True)
class Content:
    """A plan; ``is_batched`` says that the batched launcher was to train its jobs."""

    is_batched: bool
    jobs: list[Planned]


def dump(configs: Sequence[Mapping[str, Any]], overrides: Sequence[list[str]], is_batched: bool) -> bytes:
    base = configs[0]
    lines = [{"format": FORMAT, "batched": is_batched, "config": base}, *_differences(configs, overrides)]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def _differences(configs: Sequence[Mapping[str, Any]], overrides: Sequence[list[str]]) -> Iterator[dict[str, Any]]:
    base = configs[0]
    for config, typed in zip(configs, overrides, strict=True):
        yield {"overrides": typed, "config": {key: config[key] for key in base if config[key] != base[key]}}


def load(file: bytes) -> Content:
    """The plan in a file. Raises ``ValueError`` that names the line if it is none."""
    first, *rest = file.split(b"\n")
    head = _line(1, first, {"format", "batched", "config"})
    if not is_whole(head["format"]) or not 1 <= head["format"] <= FORMAT or not isinstance(head["batched"], bool):
        raise wrong("line 1", head["format"], f"a format up to {FORMAT}, and whether the sweep is batched")
    jobs = []
    for number, line in enumerate(rest[:-1], start=2):
        job = _line(number, line, {"overrides", "config"})
        if not isinstance(job["overrides"], list) or not all(isinstance(text, str) for text in job["overrides"]):
            raise wrong(f"overrides in line {number}", job["overrides"], "texts such as epochs=5")
        jobs.append(Planned({**head["config"], **job["config"]}, job["overrides"], head["format"]))
    if rest[-1:] != [b""] or not jobs:
        raise wrong("jobs", f"{len(jobs):,} lines", "a line for each job")
    return Content(head["batched"], jobs)


def _line(number: int, line: bytes, keys: set[str]) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or read.keys() != keys or not isinstance(read["config"], dict):
        raise wrong(f"line {number}", line[:100].decode(errors="replace"), ", ".join(sorted(keys)))
    return read
