"""One writer for a folder, and any number of those who only ask."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from backprop_lab.runs import lock
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from runs.hostile import NO_FILES, Plant, is_untouched, make_outside, plant, soon

fcntl = pytest.importorskip("fcntl", reason="Windows has no shared locks")

HOLDER = """
import sys, time
from pathlib import Path
from backprop_lab.runs import lock
from backprop_lab.runs.files import Files
with lock.held(Files(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""
ASKER = """
import sys
from pathlib import Path
from backprop_lab.runs import lock
from backprop_lab.runs.files import Files
print("asking", flush=True)
while not Path(sys.argv[1], "enough").exists():
    assert not lock.is_held(Files(Path(sys.argv[1])))
"""


def started(program: str, folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def test_the_lock_goes_with_the_process_that_holds_it(tmp_path: Path) -> None:
    there = Files(tmp_path)
    with started(HOLDER, tmp_path) as holder:
        assert lock.is_held(there)
        with pytest.raises(RunError, match="in use by another process"), lock.held(there):
            pass
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert not lock.is_held(there)
    with lock.held(there):
        assert lock.is_held(there)
    assert not lock.is_held(there)


def test_who_asks_keeps_nobody_off(tmp_path: Path) -> None:
    there = Files(tmp_path)
    with lock.held(there):
        pass
    with started(ASKER, tmp_path) as one, started(ASKER, tmp_path) as other:
        lock.is_held(there)
        (tmp_path / "enough").touch()
        assert one.wait() == other.wait() == 0
    (tmp_path / "enough").unlink()
    asker = subprocess.Popen(
        [sys.executable, "-c", ASKER.replace("assert not ", ""), str(tmp_path)], stdout=subprocess.PIPE
    )
    with asker:
        assert asker.stdout is not None
        asker.stdout.readline()
        for _ in range(100):
            with lock.held(there):
                pass
        (tmp_path / "enough").touch()
        assert asker.wait() == 0


def test_asking_makes_nothing(tmp_path: Path) -> None:
    assert not lock.is_held(Files(tmp_path))
    assert not lock.is_held(Files(tmp_path / "none"))
    assert not list(tmp_path.iterdir())


def test_without_shared_locks_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.setattr(lock, "fcntl", None)
    assert not lock.is_held(Files(tmp_path))
    with started(HOLDER, tmp_path) as holder:
        assert lock.is_held(Files(tmp_path))
        with pytest.raises(RunError, match="in use by another process"), lock.held(Files(tmp_path)):
            pass
        holder.kill()
    assert not lock.is_held(Files(tmp_path))


def test_a_folder_that_cannot_be_written_to_counts_as_unlocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise PermissionError

    monkeypatch.setattr(lock, "fcntl", None)
    with lock.held(Files(tmp_path)):
        assert lock.is_held(Files(tmp_path))
        monkeypatch.setattr(FileLock, "acquire", refused)
        assert not lock.is_held(Files(tmp_path))


@pytest.mark.parametrize("number", ["ENOLCK", "ENOSYS", "EOPNOTSUPP", "EIO"])
def test_a_file_system_without_locks_costs_one_line(
    number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*args: object) -> None:
        raise OSError(getattr(errno, number), number)

    monkeypatch.setattr(fcntl, "flock", none)
    said: list[str] = []
    with lock.held(Files(tmp_path), said.append):
        assert not lock.is_held(Files(tmp_path))
    (line,) = said
    assert "no locks" in line
    assert str(tmp_path) in line


def test_who_asks_for_long_keeps_nobody_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that asks can be held up by a busy machine at any moment."""
    monkeypatch.setattr(lock, "PATIENCE_OF_WRITERS", 0.05)
    with lock.held(Files(tmp_path)):
        pass
    asking = "import fcntl, sys, time; f = open(sys.argv[1] + '/.lock'); fcntl.flock(f, fcntl.LOCK_SH)"
    with started(f"{asking}; print('asks', flush=True); time.sleep(1)", tmp_path), lock.held(Files(tmp_path)):
        assert lock.is_held(Files(tmp_path))


@pytest.mark.parametrize("kind", NO_FILES)
def test_a_lock_is_a_file(kind: Plant, tmp_path: Path) -> None:
    outside = make_outside(tmp_path / "outside")
    plant(kind, tmp_path / "run" / lock.LOCK, outside)
    there = Files(tmp_path / "run")
    with soon():
        with pytest.raises(RunError, match=r"\.lock: a "), lock.held(there):
            pass
        with pytest.raises(RunError, match=r"\.lock: a "):
            lock.is_held(there)
    assert is_untouched(outside)
