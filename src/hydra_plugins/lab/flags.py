"""The flags of a command line, which may stand anywhere on it: Hydra's parser wants them first."""

import argparse
import difflib
from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn, TypeAlias

from hydra._internal.utils import get_args_parser

from backprop_lab.config import experiments
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.keys import known
from backprop_lab.config.suggestions import keys_for

Actions: TypeAlias = dict[str, argparse.Action]
ONE_AT_A_TIME = ("run", "multirun", "cfg", "shell_completion", "info")


class CommandLine(NamedTuple):
    """The flags with their values, and the overrides, in the order in which they were typed.

    ``task`` is the flag, if any, of which there can be only one.
    """

    flags: list[str]
    overrides: list[str]
    task: str


def read(arguments: Sequence[str]) -> CommandLine:
    """Raises ``ConfigError`` for a flag that there is not, and for a value that a flag does not take."""
    actions = get_args_parser()._option_string_actions
    flags: list[str] = []
    overrides: list[str] = []
    tasks: dict[str, str] = {}  # each as typed
    waiting = list(reversed(arguments))
    while waiting:
        argument = waiting.pop()
        if not argument.startswith("-"):
            overrides.append(argument)
        elif argument != "--":
            name, values = _split(argument, waiting, actions)
            _check(name, values, actions[name])
            flags += [name, *values]
            if actions[name].dest in ONE_AT_A_TIME:
                tasks.setdefault(actions[name].dest, name)
    task, *others = [*tasks.values(), ""]
    if len(tasks) > 1:
        raise ConfigError(task, " ".join([task, *others]).strip(), "one of them at a time")
    return CommandLine(flags, overrides, task)


def in_order(arguments: Sequence[str]) -> list[str]:
    """The arguments with the flags first, and with ``-m`` if the overrides ask for a sweep; raises as ``read`` does.

    Hydra composes the configuration to find its mode, and takes a sweep for a run if that fails.
    """
    flags, overrides, task = read(arguments)
    given = dict(argument.partition("=")[::2] for argument in overrides)
    mode = given.get("hydra.mode")
    asked = {"--run": "RUN", "-r": "RUN", "--multirun": "MULTIRUN", "-m": "MULTIRUN"}.get(task)
    if asked and mode not in (asked, None):
        raise ConfigError("hydra.mode", mode, f"{asked} with {task}")
    if asked == "RUN":  # otherwise an experiment that sweeps would do so nevertheless
        return [*flags, *overrides, "hydra.mode=RUN"]
    if not task and (mode == "MULTIRUN" or (mode is None and experiments.sweeps(given.get("experiment", "")))):
        return ["-m", *flags, *overrides]
    return [*flags, *overrides]


def overrides_of(arguments: Sequence[str]) -> list[str]:
    """The arguments that are no flags."""
    return read(arguments).overrides


def _split(argument: str, waiting: list[str], actions: Actions) -> tuple[str, list[str]]:
    """A flag by its whole name and its value, which may be joined to it or be taken from the ``waiting`` arguments."""
    typed, is_joined, value = argument.partition("=")
    alike = [name for name in actions if name == typed or (typed[:2] == "--" and name.startswith(typed))]
    if len(alike) == 1 or typed in actions:
        name, values = (typed if typed in actions else alike[0]), [value] if is_joined else []
    elif argument[:2] in actions and actions[argument[:2]].nargs is None:  # -cjob
        name, values = argument[:2], [argument[2:]]
    else:
        _refuse(argument, waiting[-1:], actions)
    action = actions[name]
    if not values and action.nargs == "?":
        values = [waiting.pop() if waiting and waiting[-1] in _choices(action) else str(action.const)]
    if not values and action.nargs is None and waiting:
        values = [waiting.pop()]
    return name, values


def _check(name: str, values: list[str], action: argparse.Action) -> None:
    if action.dest == "experimental_rerun":  # it would load a pickle, and run what that holds
        raise ConfigError(name, "".join(values) or "nothing", "resume=FOLDER, which continues a run")
    value = values[0] if values else "nothing"
    if action.nargs == 0 and values:
        raise ConfigError(name, value, "no value")
    if _choices(action) and (values or action.nargs is None) and value not in _choices(action):
        raise ConfigError(name, value, ", ".join(_choices(action)))
    if action.nargs is None and (not values or not value or value.startswith("-")):
        raise ConfigError(name, value or "nothing", f"a value, as in {name} {action.dest.upper()}")


def _choices(action: argparse.Action) -> list[str]:
    return list(action.choices or ())


def _refuse(flag: str, following: Sequence[str], actions: Actions) -> NoReturn:
    """Say what an unknown flag may mean: another one, or a key, as other programs have ``--lr 0.1``."""
    name, _, value = flag.partition("=")
    keys = keys_for(name.lstrip("-"), [*known(), "resume"]) if len(name) > 2 else []
    flags = [] if len(name) == 2 else difflib.get_close_matches(name, actions, n=1, cutoff=0.75)
    value = value or next((text for text in following if not text.startswith("-") and "=" not in text), "VALUE")
    meant = flags or [f"{key}={value}" for key in keys]
    cure = f"did you mean {' or '.join(meant)}?" if meant else f"allowed: {', '.join(_long(actions))}, and key=value"
    raise ConfigError.saying(f"{name}: no such flag; {cure}")


def _long(actions: Actions) -> Iterator[str]:
    return (name for name in actions if name.startswith("--") and actions[name].dest != "experimental_rerun")
