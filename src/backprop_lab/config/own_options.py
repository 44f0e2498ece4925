"""``--config-dir=FOLDER``: options of one's own, for every command of this project."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from backprop_lab.config.errors import ConfigError
from backprop_lab.options import discovery

FLAGS = ("--config-dir", "-cd")


def use_named(arguments: Sequence[str]) -> list[str]:
    """Find options in the folders that a command line names; gives the arguments without these.

    Raises ``ConfigError`` for a folder that is not there.
    """
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        folder = _folder(argument, waiting)
        if folder is None:
            rest.append(argument)
        else:
            use(folder)
    return rest


def add_flag(parser: argparse.ArgumentParser) -> None:
    """The flag for a command that argparse reads; ``use_given`` makes use of it."""
    parser.add_argument(
        *FLAGS, dest="own_folders", metavar="FOLDER", action="append", default=[], help="where options of your own are"
    )


def use_given(given: argparse.Namespace) -> None:
    for folder in given.own_folders:
        use(folder)


def use(folder: str) -> None:
    if not Path(folder).is_dir():
        raise ConfigError("--config-dir", folder, "a folder with options of your own, as FOLDER/optimizer/lion.yaml")
    discovery.use(folder)


def use_anew(folder: str) -> None:
    """The same, for a process in which the files may have changed since."""
    if Path(folder).resolve() in discovery.own_folders():
        discovery.forget(folder)
    use(folder)


def _folder(argument: str, following: Iterator[str]) -> str | None:
    flag, is_joined, folder = argument.partition("=")
    if flag not in FLAGS:
        return None
    return folder if is_joined else next(following, "")
