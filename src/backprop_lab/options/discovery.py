"""Finds the options: the YAML files under ``configs/`` with the modules of this package, and custom ones.

A custom option is a YAML file and a module of the same name in a folder such as ``mine/optimizer/``. The folder is
named on the command line (``--config-dir=mine``) and nowhere else, so that no run folder can name code to load.
"""

import functools
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from backprop_lab.options.plain_yaml import place, read_file
from backprop_lab.options.rules import Rule

Remembered = TypeVar("Remembered", bound=Callable[..., Any])
_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "configs"
CONFIGS = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1] / "configs"  # the root of a checkout
SHIPPED = Path(__file__).parent
# A configuration has exactly one option of each of these groups, and any number, by name, of the others.
ONE_OF = ("dataset", "model", "loss", "penalty", "optimizer", "schedule", "stop", "engine", "trainer")
ANY_OF = ("logger", "callbacks")
BASE = "_base_"  # the YAML file with the knobs that all options of a group share
FIXED = ("name", "task")  # these identify an option and cannot be set
IN_A_ROOM_OF_THEIR_OWN = {"callbacks": "backprop_lab.callbacks"}  # the other options are modules of this package

_own_folders: list[Path] = []


class OptionError(ValueError):
    """A broken option file; its one-line text names the file."""


def use(folder: str | Path) -> None:
    """Also find the options in ``folder``. Only for a folder named on the command line of this program.

    Raises ``OptionError`` if an option there has the name of a known one.
    """
    folder = Path(folder).resolve()
    if folder in _own_folders:
        return
    for group in (*ONE_OF, *ANY_OF, "activation"):
        for file in (folder / group).glob("[!_]*.py"):
            if file.stem in names(group):
                raise OptionError(f"{file}: there is another {group}={file.stem}; give this one a different name")
    _own_folders.append(folder)
    _look_again()


def forget(folder: str | Path) -> None:
    """Undo ``use``, for a process that runs several commands."""
    _own_folders.remove(Path(folder).resolve())
    _look_again()


def own_folders() -> list[Path]:
    """The folders passed to ``use``; another process needs them to find the same options."""
    return list(_own_folders)


_remembering: list[Any] = []


def remembered(function: Remembered) -> Remembered:
    """The results of a function that are made from options by their names, kept until other options are in use."""
    cached = functools.lru_cache(maxsize=1024)(function)
    _remembering.append(cached)
    return cached  # type: ignore[return-value]


@remembered
def names(group: str) -> list[str]:
    """The valid names of a group: one per YAML file in its folder; for activations, one per module."""
    folders, ending = ([CONFIGS, *_own_folders], "yaml")
    if group == "activation":  # a knob of models; it has no knobs itself
        folders, ending = ([SHIPPED, *_own_folders], "py")
    return sorted(file.stem for folder in folders for file in (folder / group).glob(f"[!_]*.{ending}"))


def those(group: str, fit: Callable[[ModuleType], bool]) -> list[str]:
    """The names of a group's options whose modules ``fit``, for a message that lists what is allowed."""
    return [name for name in names(group) if fit(module(group, name))]


@remembered
def defaults(group: str, name: str) -> Mapping[str, Any]:
    """Knobs and defaults of one option: those of its group, overridden by those of its own file."""
    own = _yaml(group, name)
    own.pop("defaults", None)
    if group in ANY_OF:
        own = own.get(name) or {}
    elif own.get("task") == "classification":  # the earlier name
        own["task"] = "binary"
    return {**base(group), **own}


@remembered
def base(group: str) -> Mapping[str, Any]:
    """The knobs that all options of a group share, and their defaults."""
    return _yaml(group, BASE)


@remembered
def module(group: str, name: str) -> ModuleType:
    """The module of an option. Raises ``OptionError`` if there is none or it cannot be imported."""
    file = _own_file(group, name)
    if file is not None:
        return _loaded(f"own.{group}.{name}", file)
    room = _room(group)
    if importlib.util.find_spec(f"{room}.{name}") is None:
        beside = next(
            (folder for folder in _own_folders if (folder / group / f"{name}.yaml").is_file()), Path("FOLDER")
        )
        raise OptionError(f"{group}={name}: there is no module {beside / group / name}.py")
    return importlib.import_module(f"{room}.{name}")


@remembered
def rules(group: str, name: str) -> Mapping[str, Rule]:
    """The rule of each knob of an option: those of its group and those of its own module."""
    if set(defaults(group, name)) <= set(FIXED):
        return {}
    of_group: Mapping[str, Rule] = getattr(importlib.import_module(_room(group)), "KNOBS", {})
    of_option: Mapping[str, Rule] = getattr(module(group, name), "KNOBS", {})
    return {knob: rule for knob, rule in {**of_group, **of_option}.items() if knob in defaults(group, name)}


def also_called(group: str, name: str) -> tuple[str, ...]:
    """What an option is called elsewhere, for suggestions; nothing for an option whose module cannot be imported."""
    if name not in names(group) or group not in (*ONE_OF, *ANY_OF, "activation"):
        return ()
    try:
        return getattr(module(group, name), "ALSO_CALLED", ())
    except OptionError:
        return ()


def is_own(group: str, name: str) -> bool:
    """Whether an option's module is in a folder passed to ``use``."""
    return _own_file(group, name) is not None


def source_sha256(group: str, name: str) -> dict[str, str]:
    """The SHA-256 of a custom option's module, by ``group/name.py``; empty for a built-in option."""
    if not is_own(group, name):
        return {}
    return {f"{group}/{name}.py": module(group, name).__source_sha256__}


def option_of(group: str, meaning: str) -> Rule:
    """The rule of a knob that names an option, such as ``model.activation``."""
    return Rule(lambda v: isinstance(v, str) and v in names(group), lambda: ", ".join(names(group)), meaning, group)


def options_of(group: str, meaning: str, each: str) -> Rule:
    """The rule of a knob that names an option, or a list of them, one for each ``each``."""
    one = option_of(group, meaning)
    return Rule(
        lambda v: bool(v) and all(map(one.accepts, v)) if isinstance(v, list) else one.accepts(v),
        lambda: f"{one.allowed}, or a list with one of them for each {each}",
        meaning,
        group,
    )


def _look_again() -> None:
    for cached in _remembering:
        cached.cache_clear()


def _own_file(group: str, name: str) -> Path | None:
    files = (folder / group / f"{name}.py" for folder in _own_folders)
    return next((file for file in files if file.is_file()), None)


def _room(group: str) -> str:
    """The package of a group's modules."""
    return IN_A_ROOM_OF_THEIR_OWN.get(group, f"{__package__}.{group}")


def files_of(group: str, name: str) -> list[Path]:
    """The YAML files of an option; one, unless a folder of the user's own has the same name again."""
    files = (folder / group / f"{name}.yaml" for folder in (CONFIGS, *_own_folders))
    return [file for file in files if file.is_file()]


def all_files() -> list[Path]:
    """Every YAML file that a command may compose."""
    return [file for folder in (CONFIGS, *_own_folders) for file in sorted(folder.rglob("*.yaml"))]


def _yaml(group: str, name: str) -> dict[str, Any]:
    for file in files_of(group, name):
        try:
            read = read_file(file) or {}
        except ValueError as wrong:
            raise OptionError(str(wrong)) from None
        if not isinstance(read, dict):
            raise OptionError(f"{place(file)}: holds no keys, such as name: {name}")
        return read
    return {}


def _loaded(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    try:
        # Not with the loader: it may use a stale .pyc of the same time and size, and the hash needs the bytes it read.
        source = file.read_bytes()
        exec(compile(source, file, "exec"), vars(made))
        made.__source_sha256__ = hashlib.sha256(source).hexdigest()  # type: ignore[attr-defined]
    except Exception as failure:
        del sys.modules[name]
        raise OptionError(f"{file}: {type(failure).__name__}: {failure}") from failure
    return made
