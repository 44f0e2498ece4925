"""Compiled programs are kept where nobody else can write."""

import os
import stat
from pathlib import Path

import pytest

from backprop_lab.training import cache

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes of POSIX")


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for caches; the environment is as before at the end."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv(cache.KEY, "")
    return tmp_path / "caches"


def chosen() -> Path:
    return Path(os.environ[cache.KEY])


def test_it_is_below_the_users_caches_and_closed_to_others(caches: Path) -> None:
    assert cache.use_own() == ""
    assert chosen() == caches / "backprop-lab"
    assert stat.S_IMODE(chosen().stat().st_mode) == 0o700
    assert cache.use_own() == ""


def test_one_that_the_environment_names_is_used(caches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.KEY, str(tmp_path / "mine"))
    assert cache.use_own() == ""
    assert chosen() == tmp_path / "mine"
    assert not caches.exists()


def test_torchs_own_default_is_not(caches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.KEY, str(tmp_path / "torchinductor_me"))
    assert cache.use_own() == ""
    assert chosen() == caches / "backprop-lab"


def a_file(place: Path) -> None:
    place.touch()


def a_link(place: Path) -> None:
    place.with_name("elsewhere").mkdir()
    place.symlink_to(place.with_name("elsewhere"))


def open_to_others(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def of_somebody_else(place: Path) -> None:
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(place, 12345, -1)


BROKEN = {"a file": a_file, "a link": a_link, "open to others": open_to_others, "of somebody else": of_somebody_else}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_or_foreign_one_is_got_round_with_a_line(
    name: str, caches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    BROKEN[name](tmp_path / "given")
    monkeypatch.setenv(cache.KEY, str(tmp_path / "given"))
    assert cache.use_own().startswith(f"{tmp_path / 'given'}: no cache for compiled programs (")
    assert chosen() == caches / "backprop-lab"


def test_where_there_is_none_it_is_new_and_private(caches: Path) -> None:
    caches.touch()
    assert "no cache for compiled programs (" in cache.use_own()
    assert caches not in chosen().parents
    assert stat.S_IMODE(chosen().stat().st_mode) == 0o700
    chosen().rmdir()


def test_without_a_home_too(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")

    def homeless(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    assert cache.use_own() == ""
    assert stat.S_IMODE(chosen().stat().st_mode) == 0o700
    chosen().rmdir()
