"""Files below a folder of somebody else: no way leads out of it, nothing waits, and what is written is whole."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backprop_lab.runs import directory, files
from backprop_lab.runs.directory import Kind
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from runs.hostile import LINKS, NO_FILES, SECRET, Plant, is_untouched, make_outside, plant, soon, sparse

LIMIT = 1000


@pytest.fixture(params=["by descriptor", "by path"])
def by_descriptor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    assert directory.BY_DESCRIPTOR  # which the platforms of these tests can
    monkeypatch.setattr(directory, "BY_DESCRIPTOR", request.param == "by descriptor")
    return directory.BY_DESCRIPTOR


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    return make_outside(tmp_path / "outside")


@pytest.fixture
def here(tmp_path: Path, by_descriptor: bool) -> Files:
    (tmp_path / "here").mkdir()
    return Files(tmp_path / "here")


def appended(there: Files, name: str) -> None:
    with there.append(name) as file:
        file.write("more\n")


USES: dict[str, Callable[[Files, str], Any]] = {
    "read": lambda there, name: there.read(name, LIMIT),
    "write": lambda there, name: there.write(name, b"new"),
    "write and keep": lambda there, name: there.write(name, b"new", keep=f"{name}-before"),
    "append": appended,
    "give to others": lambda there, name: there.file_for_others(name),
}


# -- what is not a file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["file", "folder/file"])
@pytest.mark.parametrize("kind", NO_FILES)
def test_only_files_are_opened(kind: Plant, name: str, use: str, here: Files, outside: Path) -> None:
    plant(kind, here.folder / name, outside)
    with soon(), pytest.raises(RunError) as refused:
        USES[use](here, name)
    assert str(refused.value).startswith(f"{here.folder / name}: ")
    assert "\n" not in str(refused.value)
    assert is_untouched(outside)
    assert not [path for path in here.folder.rglob("*") if path.name not in ("file", "folder")]


@pytest.mark.parametrize("use", [*USES, "make"])
@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("level", ["a", "a/b"])
def test_no_level_below_the_folder_is_a_link(level: str, kind: Plant, use: str, here: Files, outside: Path) -> None:
    plant(kind, here.folder / level, outside)
    uses = USES | {"make": lambda there, name: there.folder_for_others(str(Path(name).parent))}
    with pytest.raises(RunError, match=r"a link, which is not followed") as refused:
        uses[use](here, "a/b/secret")
    assert str(refused.value).startswith(f"{here.folder / level}: ")
    assert is_untouched(outside)
    with pytest.raises(RunError):
        here.exists("a/b/secret")


@pytest.mark.parametrize("use", USES)
def test_links_lead_to_the_root_and_not_behind_it(use: str, tmp_path: Path, by_descriptor: bool) -> None:
    outside = make_outside(tmp_path / "outside")
    (tmp_path / "sweep").mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "sweep")  # the user's own
    (tmp_path / "sweep" / "1").symlink_to(outside)
    sweep = Files(tmp_path / "latest")
    sweep.write("secret", SECRET)
    assert sweep.read("secret", LIMIT) == SECRET
    with pytest.raises(RunError, match="1: a link"):
        USES[use](Files(tmp_path / "latest" / "1", root=tmp_path / "latest"), "secret")
    assert is_untouched(outside)


def test_a_link_in_the_place_of_the_kept_file_stays(here: Files, outside: Path) -> None:
    here.write("last", b"1")
    plant(LINKS[0], here.folder / "before", outside)
    with pytest.raises(RunError, match="before: a link"):
        here.write("last", b"2", keep="before")
    assert here.read("last", LIMIT) == b"1"
    assert is_untouched(outside)


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_lies_at_a_temporary_name_is_left_alone(
    kind: Plant, here: Files, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (".file", ".file.tmp", ".file.0.tmp"):
        plant(kind, here.folder / name, outside)
    here.write("file", b"new")
    assert here.read("file", LIMIT) == b"new"
    monkeypatch.setattr(os, "urandom", bytes)  # even if the name could be guessed
    plant(kind, here.folder / f".file.{'00' * 8}.tmp", outside)
    with pytest.raises((RunError, FileExistsError)):
        here.write("file", b"newer")
    assert here.read("file", LIMIT) == b"new"
    assert len(here.entries()) == 5
    assert is_untouched(outside)


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Files(tmp_path / "there")
    there.write("checkpoints/last", b"1")
    fill = files._fill

    def swapped(*args: Any) -> None:
        (there.folder / "checkpoints").rename(tmp_path / "moved")
        (there.folder / "checkpoints").symlink_to(outside)
        fill(*args)

    monkeypatch.setattr(files, "_fill", swapped)
    there.write("checkpoints/last", b"2")
    assert (tmp_path / "moved" / "last").read_bytes() == b"2"
    assert is_untouched(outside)


@pytest.mark.parametrize("name", ["", ".", "..", "../outside/secret", "a/../../outside/secret", "a//b", "/etc/passwd"])
@pytest.mark.parametrize("use", USES)
def test_names_lead_downwards(use: str, name: str, here: Files, outside: Path) -> None:
    with pytest.raises(RunError, match="not the name of a file"):
        USES[use](here, name)


def test_links_and_pipes_are_named_before_work_begins(here: Files, outside: Path) -> None:
    here.write("a/b", b"")
    here.refuse_links()
    for name in ("c", "a/c"):
        for kind in NO_FILES[:-1]:
            plant(kind, here.folder / name, outside)
            with pytest.raises(RunError, match=f"/here/{name}: a "):
                here.refuse_links()
        (here.folder / name).unlink()


# -- reading ----------------------------------------------------------------------------------------------------------


def test_no_more_is_read_than_is_allowed(here: Files, outside: Path) -> None:
    here.write("file", bytes(LIMIT))
    assert here.read("file", LIMIT) == bytes(LIMIT)
    with pytest.raises(RunError, match=r"file: 1,000 bytes; at most 999 are read"):
        here.read("file", LIMIT - 1)
    plant(sparse, here.folder / "file", outside)
    with pytest.raises(RunError, match=r"60,000,000,000 bytes; at most"):
        here.read("file", 10**9)


def test_what_is_missing_is_said_to_be(here: Files) -> None:
    for name in ("file", "folder/file"):
        assert not here.exists(name)
        with pytest.raises(RunError, match=f"{name}: missing"):
            here.read(name, LIMIT)
    assert not Files(here.folder / "none").exists("file")
    assert Files(here.folder / "none").entries() == {}


def test_the_folder_says_what_is_in_it(here: Files, outside: Path) -> None:
    here.write("file", b"")
    here.folder_for_others("folder/inner")
    plant(LINKS[1], here.folder / "dangling", outside)
    assert here.entries() == {"file": Kind.FILE, "folder": Kind.FOLDER, "dangling": Kind.LINK}
    assert here.exists("dangling")
    assert here.exists("folder/inner")


# -- writing ----------------------------------------------------------------------------------------------------------


def test_folders_are_made_on_the_way(tmp_path: Path, by_descriptor: bool) -> None:
    sweep = tmp_path / "new" / "sweep"
    Files(sweep / "3", root=sweep).write("checkpoints/last", b"1")
    assert (sweep / "3" / "checkpoints" / "last").read_bytes() == b"1"


def test_a_copy_made_of_second_names_does_not_grow_with_the_folder(here: Files) -> None:
    appended(here, "log")
    os.link(here.folder / "log", here.folder / "copy")
    appended(here, "log")
    assert here.read("log", LIMIT) == b"more\nmore\n"
    assert here.read("copy", LIMIT) == b"more\n"


def test_an_error_of_the_system_names_the_file(here: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    (here.folder / "in the way").write_bytes(b"")
    with pytest.raises(RunError, match="in the way: a file instead of a folder"):
        here.write("in the way/file", b"")
    with pytest.raises(OSError, match=f"too long: .*{'x' * 255}'"):
        here.write("x" * 255, b"")
    assert [path.name for path in here.folder.iterdir()] == ["in the way"]


WRITER = """
import sys
from pathlib import Path
from backprop_lab.runs.files import Files, synced_at_end
there, mine = Files(Path(sys.argv[1])), sys.argv[2].encode() * 100_000
with synced_at_end(there.folder):
    for _ in range(300):
        there.write("folder/file", mine, keep="before")
        read = there.read("folder/file", 100_000), there.read("folder/before", 100_000)
        assert all(len(content) == 100_000 and len(set(content)) == 1 for content in read)
"""


def test_two_processes_write_one_file(tmp_path: Path) -> None:
    Files(tmp_path).write("folder/file", b"0" * 100_000)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), letter]) for letter in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["before", "file"]
