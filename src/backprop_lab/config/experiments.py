"""Experiment files, ``configs/experiment/NAME.yaml`` or one's own: what is wrong with one, and in which line."""

from collections.abc import Iterator

import yaml

from backprop_lab.config.errors import ConfigError, UnknownKeyError
from backprop_lab.config.keys import GROUPS, RULES, is_known, known, unknown, unknown_option
from backprop_lab.options.discovery import FIXED, ONE_OF, files_of, names
from backprop_lab.options.plain_yaml import decoded, nodes_of, place, read_file
from backprop_lab.options.rules import shown

HEADER = "# @package _global_"
OTHERS = ("defaults", "hydra")


def check(name: str) -> None:
    """Raise ``ConfigError`` for an experiment whose file cannot be read, or sets what there is not.

    Values are checked later, with the rest of the configuration.
    """
    for file in files_of("experiment", name):
        try:
            read_file(file)
        except ValueError as unreadable:
            raise ConfigError.saying(str(unreadable)) from None
        text = decoded(file)
        first = next((line.strip() for line in text.splitlines() if line.strip()), "")
        if first.replace(" ", "") != HEADER.replace(" ", ""):
            raise ConfigError(place(file, 1), first, f"{HEADER} as the first line")
        for node, wrong in _mistakes(nodes_of(text)):
            raise ConfigError.saying(f"{place(file, node.start_mark.line + 1)}: {wrong}")


def sweeps(name: str) -> bool:
    """Whether an experiment whose file is sound is a sweep even without ``-m``."""
    hydras = [(read_file(file) or {}).get("hydra") for file in files_of("experiment", name)]
    return any(isinstance(hydra, dict) and hydra.get("mode") == "MULTIRUN" for hydra in hydras)


def _mistakes(tree: yaml.Node | None) -> Iterator[tuple[yaml.Node, ConfigError]]:
    if tree is None:
        return
    if not isinstance(tree, yaml.MappingNode):
        yield tree, ConfigError("experiment", "no key", "lines such as epochs: 100")
        return
    for key, value in tree.value:
        if key.value == "defaults":
            yield from _wrong_defaults(value)
        elif key.value not in OTHERS:
            yield from _wrong_keys(str(key.value), key, value)


def _wrong_defaults(entries: yaml.Node) -> Iterator[tuple[yaml.Node, ConfigError]]:
    """The choices of options: each needs ``override`` and the slash, or Hydra looks below ``experiment/``."""
    if not isinstance(entries, yaml.SequenceNode):
        yield entries, ConfigError("defaults", "no list", "lines such as - override /dataset: xor")
        return
    for entry in entries.value:
        for key, value in entry.value if isinstance(entry, yaml.MappingNode) else ():
            typed = str(key.value)
            group = typed.removeprefix("override").strip().removeprefix("/")
            chosen = [item.value for item in value.value] if isinstance(value, yaml.SequenceNode) else [value.value]
            if group in GROUPS and typed.split() != ["override", f"/{group}"]:
                yield entry, ConfigError("defaults", f"{typed}: {','.join(chosen)}", f"override /{group}: NAME")
            for name in chosen:
                if group in ONE_OF and name not in names(group):
                    yield entry, unknown_option(group, name)


def _wrong_keys(key: str, at: yaml.Node, value: yaml.Node) -> Iterator[tuple[yaml.Node, ConfigError]]:
    group, _, knob = key.partition(".")
    given = value.value if isinstance(value, yaml.ScalarNode) else "more keys"
    if not is_known(key) or key == "experiment":
        if knob not in FIXED:
            yield at, unknown(key, given) if group in GROUPS else UnknownKeyError(key, given, [*OTHERS, *known()])
    elif "." in at.value:
        yield at, ConfigError(key, shown(given), f"{knob}: below {group}:")
    elif isinstance(value, yaml.MappingNode) and key not in RULES:
        for inner, below in value.value:
            yield from _wrong_keys(f"{key}.{inner.value}", inner, below)
    elif key in ONE_OF and key != "loss" and isinstance(value, yaml.ScalarNode):
        yield at, ConfigError(key, given, f"- override /{key}: {given} below defaults:")
