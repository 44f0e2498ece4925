"""The checked configurations of a sweep's jobs, most of which differ in the seed alone."""

import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, overload

from backprop_lab.config.check import check, check_seed
from backprop_lab.config.types import Config


class Configs(Sequence[Config]):
    """What jobs have in common besides the seed is checked and held once, as a setting.

    So a job costs a few microseconds and bytes, and its ``Config`` is made when it is asked for.
    """

    def __init__(self, composed: Iterable[Mapping[str, Any]] = ()) -> None:
        self.settings: list[Config] = []
        self._of_job: list[tuple[int, int]] = []  # the number of its setting, and its seed
        self._known: dict[bytes, int] = {}
        for one in composed:
            self.add(one)

    def add(self, composed: Mapping[str, Any]) -> None:
        """Check the configuration of the next job. Raises as ``check``."""
        key = _all_but_seed(composed)
        setting = self._known.get(key)
        if setting is None:
            self.settings.append(check(composed))
            setting = self._known[key] = len(self.settings) - 1
        self._of_job.append((setting, check_seed(composed)))

    def setting(self, job: int) -> int:
        """The number of a job's setting, which has the seed of the first job that has it."""
        return self._of_job[job][0]

    def __len__(self) -> int:
        return len(self._of_job)

    @overload
    def __getitem__(self, job: int) -> Config: ...
    @overload
    def __getitem__(self, job: slice) -> Sequence[Config]: ...
    def __getitem__(self, job: int | slice) -> Config | Sequence[Config]:
        if isinstance(job, slice):
            return [self[number] for number in range(*job.indices(len(self)))]
        number, seed = self._of_job[job]
        setting = self.settings[number]
        return setting if seed == setting.seed else replace(setting, seed=seed, plain={**setting.plain, "seed": seed})

    def __iter__(self) -> Iterator[Config]:
        return (self[job] for job in range(len(self)))


def _all_but_seed(composed: Mapping[str, Any]) -> bytes:
    """The same for plain data that is the same, to the types of its numbers."""
    return marshal.dumps({key: value for key, value in composed.items() if key != "seed"}, 2)
