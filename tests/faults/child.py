"""``python -m train`` in a process that is forked from this one, which has loaded everything: it begins at once."""

import functools
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conftest import Done
from runs.hostile import soon

CRASHED = 70
"""The status of a child that raised."""
LOADED = (
    "backprop_lab.experiment.experiment",
    "backprop_lab.report.run.page",
    "matplotlib.pyplot",
    "pytorch_lightning",
    "torch.utils.tensorboard",
    "train",
)
"""What a training imports, which takes longer than what the children here do with it."""


@dataclass
class Child:
    """A process that was forked, and the files with what it says."""

    pid: int
    folder: Path

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def end(self, seconds: int = 120) -> Done:
        """Wait for its end. The status is negative if a signal ended it, as with ``subprocess``."""
        with soon(seconds):
            _, status = os.waitpid(self.pid, 0)
        said = [(self.folder / f"{self.pid}.{name}") for name in ("out", "err")]
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in said]
        for file in said:
            file.unlink()
        return Done(os.waitstatus_to_exitcode(status), *texts)


def forked(folder: Path, work: Callable[[], int | None]) -> Child:
    """Let a child do some work in a folder, in a session of its own. It ends there, whatever happens."""
    _load()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Child(pid, folder)
    status = CRASHED
    try:
        os.setsid()
        os.chdir(folder)
        for number, name in ((1, "out"), (2, "err")):
            file = os.open(f"{os.getpid()}.{name}", os.O_WRONLY | os.O_CREAT)
            os.dup2(file, number)
        threading.excepthook, sys.unraisablehook = threading.__excepthook__, sys.__unraisablehook__  # not pytest's
        sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8") for number in (1, 2))
        status = work() or 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


@functools.cache
def _load() -> None:
    for name in LOADED:
        importlib.import_module(name)


def training(folder: Path, *arguments: str) -> Child:
    """Start ``python -m train ARGUMENTS`` in a folder."""

    def work() -> None:
        import train

        sys.argv = ["train.py", *arguments]
        train.main()

    return forked(folder, work)
