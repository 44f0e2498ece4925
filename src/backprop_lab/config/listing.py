"""The options and keys that there are, from the rules and the YAML files: for ``--help`` and docs/keys.md."""

from collections.abc import Iterator, Mapping

from backprop_lab.config.keys import train_yaml
from backprop_lab.options.discovery import ANY_OF, defaults, names, rules
from backprop_lab.options.rules import Rule, shown


def chosen_by_default() -> dict[str, list[str]]:
    """The default options of each group, from the defaults list of train.yaml."""
    chosen: dict[str, list[str]] = {}
    for entry in train_yaml()["defaults"]:
        if isinstance(entry, dict):
            for group, option in entry.items():
                chosen[group] = option if isinstance(option, list) else [option]
    return chosen


def knobs_of(group: str) -> Iterator[tuple[str, Rule, dict[str, object]]]:
    """Each knob of a group, its rule, and its default in each option that has this knob with this rule."""
    found: dict[tuple[str, str, str], tuple[Rule, dict[str, object]]] = {}
    for name in names(group):
        prefix = f"{group}.{name}" if group in ANY_OF else group
        for knob, rule in rules(group, name).items():
            entry = found.setdefault((f"{prefix}.{knob}", rule.meaning, rule.allowed), (rule, {}))
            entry[1][name] = defaults(group, name)[knob]
    for (key, _, _), (rule, having) in found.items():
        yield key, rule, having


def defaults_in_words(group: str, having: Mapping[str, object]) -> str:
    """``having`` maps the options with a knob to its default in each."""
    values = {shown(value) for value in having.values()}
    if len(values) == 1 and (group in ANY_OF or len(having) == len(names(group))):
        return f"default {values.pop()}"
    return "default " + ", ".join(f"{shown(value)} ({name})" for name, value in having.items())
