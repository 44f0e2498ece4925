"""What somebody may have meant: the key or the option for a name that there is not."""

import difflib
import re
from collections.abc import Iterable, Mapping

from backprop_lab.config.brought import ours

LEAST = 4  # letters: shorter names are like too many others


def keys_for(name: str, known: Iterable[str]) -> list[str]:
    """The keys that ``name`` may stand for, the likeliest first; empty if there is none like it."""
    known = list(known)
    name = name.lower().replace("-", "_")
    leaf = _leaf(name)
    same = [key for key in known if key.lower() == name]
    named = [*(key for key in known if _leaf(key) == leaf), *ours(leaf)]
    return same or _outermost(named) or _spelt_like(name, known)


def option_for(name: object, names: Mapping[str, Iterable[str]]) -> str | None:
    """The option that ``name`` may stand for; ``names`` has what each option is called elsewhere."""
    bare = _bare(str(name))
    for option, elsewhere in names.items():
        if bare in map(_bare, (option, *elsewhere)):
            return option
    return next(iter(difflib.get_close_matches(bare, names, n=1)), None)


def _outermost(keys: list[str]) -> list[str]:
    """``epochs`` alone rather than ``schedule.epochs`` too; otherwise all of them."""
    return [key for key in keys if "." not in key] or list(dict.fromkeys(keys))


def _spelt_like(name: str, known: list[str]) -> list[str]:
    group, _, leaf = name.rpartition(".")
    beside = [key for key in known if group and key.startswith(f"{group}.")]
    if beside:  # a shared group makes any two keys alike
        close = difflib.get_close_matches(leaf, map(_leaf, beside), n=1)
        if close:
            return [key for key in beside if _leaf(key) == close[0]][:1]
    elif close := difflib.get_close_matches(name, known, n=1):
        return close
    if len(leaf) < LEAST:
        return []
    close = difflib.get_close_matches(leaf, map(_leaf, known), n=1, cutoff=0.75)
    return _outermost([key for key in known if close and _leaf(key) == close[0]])


def _leaf(key: str) -> str:
    return key.rpartition(".")[2]


def _bare(name: str) -> str:
    """``LeakyReLU``, ``leaky-relu`` and ``leaky_relu`` are one name."""
    return re.sub(r"[\W_]", "", name.lower())
