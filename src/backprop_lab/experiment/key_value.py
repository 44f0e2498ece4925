"""Commands whose arguments are ``key=value``."""

import sys
from collections.abc import Callable, Mapping, Sequence

from backprop_lab.config import own_options
from backprop_lab.config.errors import ConfigError, UnknownKeyError
from backprop_lab.experiment import printing
from backprop_lab.experiment.ending import status_of
from backprop_lab.experiment.printing import say


def carry_out(
    arguments: Sequence[str] | None, usage: str, keys: Sequence[str], needed: Mapping[str, str],
    work: Callable[[dict[str, str]], int],
) -> int:  # fmt: skip
    """Do the work of a command with its arguments by key; returns the exit status.

    ``needed`` has an example for each key that must be there. Without arguments, or for ``--help``, ``usage`` is shown.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    printing.begin()
    if not arguments or {"-h", "--help"} & set(arguments):
        say(*usage.splitlines())
        return 0 if arguments else 2
    return status_of(lambda: work(_parsed(own_options.use_named(list(arguments)), keys, needed)))


def _parsed(arguments: Sequence[str], keys: Sequence[str], needed: Mapping[str, str]) -> dict[str, str]:
    given = {}
    for argument in arguments:
        key, _, text = argument.partition("=")
        if key not in keys:
            raise UnknownKeyError(key, text, keys)
        given[key] = text
    for key, example in needed.items():
        if not given.get(key):
            raise ConfigError(key, "nothing", example)
    return given
