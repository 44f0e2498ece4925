"""The folder of torch's compiled programs: who can write there has them run by whoever compiles the same.

By default it is a predictable name in the folder for temporary files, which anybody on the machine may make first;
torch makes it as soon as an optimizer is loaded, and fails if it cannot.
"""

import atexit
import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

KEY = "TORCHINDUCTOR_CACHE_DIR"


def use_own() -> str:
    """Let torch keep its programs where only this user can write, for this process and its children.

    That is the folder that the environment names, or one below the user's caches, or else a new one that is removed at
    the end. Returns the text of a problem that was got round, or an empty string.
    """
    problem = ""
    for folder in _folders():
        if not (refusal := _refusal(folder)):
            os.environ[KEY] = str(folder)
            return problem
        problem = problem or f"{folder}: no cache for compiled programs ({refusal}); another one is used"
    os.environ[KEY] = tempfile.mkdtemp(prefix="backprop-lab-")
    atexit.register(shutil.rmtree, os.environ[KEY], ignore_errors=True)
    return problem


def _folders() -> list[Path]:
    given = os.environ.get(KEY)
    is_default = given is not None and Path(given).name.startswith("torchinductor_")  # set by torch itself
    folders = [Path(given)] if given and not is_default else []
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if caches.is_absolute():
        return [*folders, caches / "backprop-lab"]
    with contextlib.suppress(RuntimeError):  # there is no home
        folders.append(Path("~/.cache/backprop-lab").expanduser())
    return folders


def _refusal(folder: Path) -> str:
    """Why a folder, which is made unless it exists, is not used; empty if it is."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as problem:
        return problem.strerror or "it cannot be made"
    if not stat.S_ISDIR(status.st_mode):
        return "it is a link"
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        return "it belongs to somebody else"
    if os.name == "posix" and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may write to it"
    return "" if os.access(folder, os.W_OK | os.X_OK) else "it cannot be written to"
