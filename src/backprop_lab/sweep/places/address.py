"""Where the server of the workers listens: a path that the system limits to about a hundred bytes."""

import contextlib
import os
import tempfile
from multiprocessing import util

LONGEST = 70  # of the folder for temporary files, so that the rest of the path fits on every system


def shorten() -> None:
    """Let this process listen elsewhere if the folder for temporary files has a long name.

    Elsewhere is a new folder that only this user can enter. If there is none, starting the server fails.
    """
    named = tempfile.gettempdir()
    if len(os.fsencode(named)) <= LONGEST:
        return
    for folder in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp"):
        with contextlib.suppress(OSError):
            if folder:
                tempfile.tempdir = folder
                util.get_temp_dir()  # made once, and kept for all addresses
                break
    tempfile.tempdir = named
