"""How the jobs of a batched sweep are computed: decided once, and obeyed when the sweep is completed.

The decision is in ``batches.json``, because it changes the last bits of the numbers.
"""

import json
from collections.abc import Sequence
from typing import Any

from backprop_lab.options import discovery
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.sweep.folder import Job, Sweep
from backprop_lab.sweep.plan import CPU, KERNEL, VMAP, Batch, Decided, Group

FILE = "batches.json"


def write(sweep: Sweep, groups: Sequence[Group]) -> None:
    """Write down how the jobs of ``groups`` are computed, except for those that are written down already."""
    stored = _read(sweep)
    known = {number for entry in stored for number in entry["jobs"]}
    ways: dict[Batch, list[int]] = {}
    for group in groups:
        ways.setdefault(group.batch, []).extend(number for number in group.jobs if number not in known)
    stored += [{"jobs": sorted(numbers), **batch._asdict()} for batch, numbers in ways.items() if numbers]
    sweep.files.write(FILE, ("[\n" + ",\n".join(map(json.dumps, stored)) + "\n]\n").encode())


def decided(sweep: Sweep, jobs: Sequence[Job]) -> dict[int, Decided]:
    """How each job is to be computed, by number, to get the numbers that the sweep would have given it.

    Raises ``RunError`` if the file is damaged.
    """
    stored = _read(sweep)
    if not stored and any(job.summary.get("batch") for job in jobs):  # the first version to batch wrote no such file
        return {job.number: Decided(Batch(VMAP, CPU), is_earlier=True) for job in jobs}
    return {number: _decision(entry) for entry in stored for number in entry["jobs"]}


def _decision(entry: dict[str, Any]) -> Decided:
    return Decided(Batch(entry.get("engine", VMAP), entry["device"]), is_earlier="engine" not in entry)


def _read(sweep: Sweep) -> list[dict[str, Any]]:
    if not sweep.files.exists(FILE):
        return []
    try:
        entries = json.loads(sweep.files.read(FILE, names.MAX_TEXT_BYTES))
        return [_checked(entry) for entry in entries]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as damage:
        if isinstance(damage, RunError):
            raise
        raise RunError(f"{sweep.folder / FILE}: damaged") from None


def _checked(entry: dict[str, Any]) -> dict[str, Any]:
    devices = {device for name in discovery.names("trainer") for device in _devices(name)}
    jobs, rest = entry["jobs"], entry.keys() - {"jobs", "device"}
    are_numbers = isinstance(jobs, list) and all(type(number) is int for number in jobs)
    is_known = rest == {"engine"} and entry["engine"] in (KERNEL, VMAP)
    is_earlier = rest == {"members", "compiled"}
    if not (are_numbers and (is_known or is_earlier) and entry["device"] in devices):
        raise ValueError
    return entry


def _devices(trainer: str) -> tuple[str, ...]:
    devices: tuple[str, ...] = discovery.module("trainer", trainer).BATCHED_DEVICES
    return devices
