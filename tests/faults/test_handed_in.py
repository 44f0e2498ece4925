"""Folders of somebody else: a link, a pipe, a folder or something huge in the place of each file, and each command."""

import shutil
from pathlib import Path

import pytest

from conftest import Program
from faults.tally import Amount, Tally
from runs.hostile import NO_FILES, is_untouched, plant, sparse
from runs.test_hostile_folders import OF_A_RUN, OF_A_SWEEP, Do, do, handed_in, made, outside  # noqa: F401 (fixtures)

pytestmark = pytest.mark.slow

WAYS = {"run": ("evaluate", "report", "resume"), "sweep": ("report", "sweep", "complete")}


def test_hostile_folders(
    do: Do, made: Path, outside: Path, tmp_path: Path, program: Program,  # noqa: F811
    tally: Tally, amount: Amount,
) -> None:  # fmt: skip
    cases = [
        (command, what, name, kind)
        for what, commands in WAYS.items()
        for command in commands
        for name in (OF_A_RUN if what == "run" else OF_A_SWEEP)
        for kind in (*NO_FILES, sparse)
    ]
    with tally("hostile folders", "did no harm, and ended in time without a traceback") as count:
        for command, what, name, kind in cases[:: amount(37, 2)]:
            folder = Path(shutil.copytree(made / what, tmp_path / "copy" / what, symlinks=True))
            plant(kind, folder / name, outside)
            done = do(command, folder)
            is_said = done.status in (0, 1, 2) and "Traceback" not in done.err + done.out
            is_said = is_said and (done.status != 2 or done.err.count("\n") == 1)
            count((command, name, kind.__name__), is_said and is_untouched(outside), done)
            shutil.rmtree(tmp_path / "copy")
