"""``python -m train --help``: every key with its meaning, allowed values and default."""

import textwrap

from backprop_lab.config.keys import GROUPS, RULES, default_of
from backprop_lab.config.listing import chosen_by_default, defaults_in_words, knobs_of
from backprop_lab.options.discovery import names
from backprop_lab.options.rules import shown

WIDTH = 100
MEANINGS = {
    "dataset": "the data to learn",
    "model": "the network",
    "loss": "the loss to minimize",
    "penalty": "the regularization term added to the loss",
    "optimizer": "the rule that updates the weights",
    "schedule": "the learning rate over time",
    "stop": "early stopping",
    "engine": "the implementation of the training; every engine gives the same numbers",
    "trainer": "the device to train on",
    "logger": "logs besides metrics.csv, e.g. logger=[tensorboard,csv]",
    "callbacks": "what to record and draw, e.g. callbacks=[frames,...]",
    "experiment": "a file that sets several keys at once to answer one question",
}
EXAMPLES = """\
python -m train dataset=circle model.hidden=8
python -m train dataset=moons model.hidden=[8,8] optimizer=adam epochs=100
python -m train experiment=xor_mlp
python -m train -m model.hidden=2,4,8 optimizer.lr=0.03,0.1 'seed=range(3)'
python -m train -m hydra/launcher=batched 'seed=range(1000)'
python -m train resume=outputs/runs/DATE/TIME
python -m train --cfg job                 prints the configuration without training"""


def text() -> str:
    """The complete help text, built from the rules and the YAML files."""
    lines = ["Trains a small network on a problem you can see, and writes a run folder.", "", "usage:"]
    lines += [f"  {example}" for example in EXAMPLES.splitlines()]
    lines += ["", "Choose an option (* marks the default):"]
    chosen = chosen_by_default()
    for group, meaning in MEANINGS.items():
        marked = [f"{name}*" if name in chosen.get(group, []) else name for name in names(group)]
        lines += _entry(f"{group}=", meaning, ", ".join(marked))
    lines += ["", "Set a value (defaults; in brackets the options that have the key):"]
    for key, rule in RULES.items():
        lines += _entry(f"{key}=", rule.meaning, f"{rule.allowed}; default {shown(default_of(key))}")
    for group in GROUPS:
        for key, rule, having in knobs_of(group):
            lines += _entry(f"{key}=", rule.meaning, f"{rule.allowed}; {defaults_in_words(group, having)}")
    lines += [
        "",
        "resume=FOLDER continues an interrupted run; with a higher epochs= it also extends a finished one.",
        "-m trains every combination of values given as a,b,c or range(n). hydra/launcher=batched trains",
        "hundreds at once, with hydra.launcher.where=ray or slurm on many machines; hydra/launcher=joblib several in",
        "parallel. --hydra-help lists Hydra's own flags.",
        "Exit status: 0 success, 1 failed or diverged, 2 invalid input, 130 or 143 interrupted.",
    ]
    return "\n".join(lines)


def _entry(key: str, meaning: str, allowed: str) -> list[str]:
    """A key and its meaning, with the allowed values below."""
    margin = " " * 23
    head = f"  {key:<21}" if len(key) < 21 else f"  {key} "
    return [
        *textwrap.wrap(meaning, WIDTH, initial_indent=head, subsequent_indent=margin),
        *textwrap.wrap(allowed, WIDTH, initial_indent=margin, subsequent_indent=margin),
    ]
