"""A file of the user's own is written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.writing import write


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_and_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "answers.csv", tmp_path / "link.csv"
    file.write_text("before")
    file.chmod(0o640)
    link.symlink_to(file)
    write("to", str(link), b"after")
    assert (file.read_bytes(), link.is_symlink(), stat.S_IMODE(file.stat().st_mode)) == (b"after", True, 0o640)
    write("to", str(tmp_path / "a (new) one, ünïcode.py"), b"new")
    assert names_in(tmp_path) == ["a (new) one, ünïcode.py", "answers.csv", "link.csv"]


def test_a_new_file_may_be_read_by_whom_the_user_lets(tmp_path: Path) -> None:
    write("to", str(tmp_path / "new"), b"")
    (tmp_path / "other").touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_disk_that_fills_up_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "file").write_text("before")
    for name in ("file", "new"):
        with pytest.raises(ConfigError, match=r"to: got .*; allowed: a file that can be written \(No space left"):
            write("to", str(tmp_path / name), b"after")
    assert (tmp_path / "file").read_text() == "before"
    assert names_in(tmp_path) == ["file"]


@pytest.mark.parametrize("to", ["", "no/such/folder/x", "nul\0", "x" * 300])
def test_where_nothing_can_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="a file that can be written"):
        write("to", to, b"")
    assert names_in(tmp_path) == []


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write("to", str(pipe), b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
