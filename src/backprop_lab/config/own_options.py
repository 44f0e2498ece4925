"""``--config-dir=FOLDER``: custom options, for every command of this project."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from backprop_lab.config.errors import ConfigError
from backprop_lab.options import discovery

FLAGS = ("--config-dir", "-cd")


def use_named(arguments: Sequence[str]) -> list[str]:
    """Register the option folders named on a command line; returns the remaining arguments.

    Raises ``ConfigError`` if a folder does not exist.
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
    """Add the flag to an argparse command; ``use_given`` applies it."""
    parser.add_argument(
        *FLAGS, dest="own_folders", metavar="FOLDER", action="append", default=[], help="folder with your own options"
    )


def use_given(given: argparse.Namespace) -> None:
    for folder in given.own_folders:
        use(folder)


def use(folder: str) -> None:
    if not Path(folder).is_dir():
        raise ConfigError("--config-dir", folder, "a folder with your own options, such as FOLDER/optimizer/lion.yaml")
    discovery.use(folder)


def use_anew(folder: str) -> None:
    """Like ``use``, but reloads files that may have changed since."""
    if Path(folder).resolve() in discovery.own_folders():
        discovery.forget(folder)
    use(folder)


def _folder(argument: str, following: Iterator[str]) -> str | None:
    flag, is_joined, folder = argument.partition("=")
    if flag not in FLAGS:
        return None
    return folder if is_joined else next(following, "")
