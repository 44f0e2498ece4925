"""How the jobs of a batched sweep are computed: decided once, for speed, and obeyed when the sweep is completed.

The decision is in ``batches.json``, because it changes the last bits of the numbers.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from backprop_lab.options import discovery
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.sweep.folder import Job, Sweep
from backprop_lab.sweep.plan import LEAST_MEMBERS, MEMBERS_ON_GPU, Batch, Chunk, plan

FILE = "batches.json"


def write(sweep: Sweep, chunks: Sequence[Chunk]) -> None:
    """Write down how the jobs of ``chunks`` are computed, except for those that are written down already."""
    stored = _read(sweep)
    known = {number for numbers, _ in stored for number in numbers}
    new = [(sorted({*chunk.numbers} - known), chunk.batch) for chunk in chunks]
    stored += [(numbers, batch) for numbers, batch in new if numbers]
    entries = [json.dumps({"jobs": numbers, **batch._asdict()}) for numbers, batch in stored]
    sweep.files.write(FILE, ("[\n" + ",\n".join(entries) + "\n]\n").encode())


def decided(sweep: Sweep, jobs: Sequence[Job]) -> dict[int, Batch]:
    """How each job is to be computed, by number, to get the numbers that the sweep would have given it.

    Raises ``RunError`` if the file is damaged.
    """
    stored = _read(sweep)
    if not stored:  # a sweep of an earlier version, which decided from all its jobs
        planned = plan({job.number: job.run.checked_config() for job in jobs}, None)
        stored = [(chunk.numbers, chunk.batch) for chunk in planned.chunks]
    failed = {job.number for job in jobs if _was_not_compiled(job.summary)}
    return {
        number: batch._replace(compiled=batch.compiled and not failed & {*numbers})
        for numbers, batch in stored
        for number in numbers
    }


def _was_not_compiled(receipt: Mapping[str, Any]) -> bool:
    """Whether a job was computed without the compiler, perhaps because that had failed."""
    batch = receipt.get("batch")
    return batch is not None and not batch["compiled"]


def _read(sweep: Sweep) -> list[tuple[list[int], Batch]]:
    if not sweep.files.exists(FILE):
        return []
    try:
        entries = json.loads(sweep.files.read(FILE, names.MAX_TEXT_BYTES))
        return [_checked(**entry) for entry in entries]
    except (ValueError, TypeError, RecursionError) as damage:
        if isinstance(damage, RunError):
            raise
        raise RunError(f"{sweep.folder / FILE}: damaged") from None


def _checked(jobs: list[int], members: int, compiled: bool, device: str) -> tuple[list[int], Batch]:
    devices = {device for name in discovery.names("trainer") for device in _devices(name)}
    are_numbers = isinstance(jobs, list) and all(type(number) is int for number in jobs)
    is_size = type(members) is int and members in range(LEAST_MEMBERS, MEMBERS_ON_GPU + 1, LEAST_MEMBERS)
    if not (are_numbers and is_size and isinstance(compiled, bool) and device in devices):
        raise ValueError
    return jobs, Batch(members, compiled, device)


def _devices(trainer: str) -> tuple[str, ...]:
    devices: tuple[str, ...] = discovery.module("trainer", trainer).BATCHED_DEVICES
    return devices
