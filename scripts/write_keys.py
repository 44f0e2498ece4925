"""docs/keys.md, the reference of all keys, made from the rules: `python scripts/write_keys.py`."""

import itertools
from pathlib import Path

from backprop_lab.config.help import MEANINGS
from backprop_lab.config.keys import GROUPS, RULES, default_of
from backprop_lab.config.listing import chosen_by_default, defaults_in_words, knobs_of
from backprop_lab.options.discovery import module, names
from backprop_lab.options.rules import shown

ROOT = Path(__file__).parents[1]
PAGE, CONFIGS = ROOT / "docs" / "keys.md", ROOT / "configs"
HEAD = """# Keys

Every key of `python -m train`, written by `scripts/write_keys.py` from the rules that check it.
`python -m train --help` prints the same in a terminal. A value outside its range is refused before training."""


def text() -> str:
    """The whole page."""
    chosen = chosen_by_default()
    lines = [HEAD, "", "## Of the run", "", *_table("key", "meaning", "allowed", "default")]
    lines += [
        _row(f"`{key}`", rule.meaning, rule.allowed, f"`{shown(default_of(key))}`") for key, rule in RULES.items()
    ]
    for group in (*GROUPS, "activation"):
        key = "model.activation" if group == "activation" else group
        lines += ["", f"## `{key}=`", "", *_table("option", "what it is")]
        for name in names(group):
            star = " (default)" if name in chosen.get(group, []) else ""
            lines.append(_row(f"`{name}`{star}", _description(group, name)))
        knobs = list(knobs_of(group)) if group in GROUPS else []
        if knobs:
            lines += ["", *_table("key", "meaning", "allowed", "default")]
        for name, rule, having in knobs:
            default = defaults_in_words(group, having).removeprefix("default ")
            lines.append(_row(f"`{name}`", rule.meaning, rule.allowed, default))
    lines += ["", "## `experiment=`", "", MEANINGS["experiment"][0].upper() + MEANINGS["experiment"][1:] + ".", ""]
    lines += _table("experiment", "its question")
    lines += [_row(f"`{name}`", _description("experiment", name)) for name in names("experiment")]
    return "\n".join(lines) + "\n"


def _table(*heads: str) -> list[str]:
    return [_row(*heads), _row(*["---"] * len(heads))]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _description(group: str, name: str) -> str:
    """The comment at the head of the option's YAML file, or else the first paragraph of its module."""
    file = CONFIGS / group / f"{name}.yaml"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    head = itertools.takewhile(lambda line: line.startswith("# "), (line for line in lines if "@package" not in line))
    comment = " ".join(line.removeprefix("# ") for line in head)
    return comment or " ".join((module(group, name).__doc__ or "").partition("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
