"""The folder of compiled programs: who can write there has them run by whoever compiles the same.

By default torch's is a predictable name in the folder for temporary files, which anybody on the machine may make first;
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
    folder, problem = _first(_named_for_torch() + _folders())
    if folder is None:
        os.environ[KEY] = tempfile.mkdtemp(prefix="backprop-lab-")
        atexit.register(shutil.rmtree, os.environ[KEY], ignore_errors=True)
    else:
        os.environ[KEY] = str(folder)
    return problem and f"{problem}; another one is used"


def kept(folder: str, name: str, text: str) -> Path | None:
    """A file of this text in a folder below the user's caches that is for this user only; None if there cannot be one.

    It is written unless it is there.
    """
    for caches in _folders():
        if not _refusal(caches) and not _refusal(caches / folder):
            file = caches / folder / name
            with contextlib.suppress(OSError):
                if not file.is_file() or file.read_bytes() != text.encode():
                    _write(file, text)
                return file
    return None


def problem() -> str:
    """Why nothing that is compiled can be kept; empty if it can."""
    folder, problem = _first(_folders())
    if folder is not None:
        return ""
    return problem or "no folder for caches: there is no home"


def _write(file: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as written:
        written.write(text)
    Path(temporary).replace(file)


def _first(folders: list[Path]) -> tuple[Path | None, str]:
    """The first folder that can be used, and why an earlier one cannot be."""
    problem = ""
    for folder in folders:
        if not (refusal := _refusal(folder)):
            return folder, problem
        problem = problem or f"{folder}: no cache for compiled programs ({refusal})"
    return None, problem


def _named_for_torch() -> list[Path]:
    given = os.environ.get(KEY)
    is_default = given is not None and Path(given).name.startswith("torchinductor_")  # set by torch itself
    return [Path(given)] if given and not is_default else []


def _folders() -> list[Path]:
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if caches.is_absolute():
        return [caches / "backprop-lab"]
    with contextlib.suppress(RuntimeError):  # there is no home
        return [Path("~/.cache/backprop-lab").expanduser()]
    return []


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
