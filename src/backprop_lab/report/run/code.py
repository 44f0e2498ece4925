"""The lines of the ``by_hand`` engine and of the options that compute what an X-ray shows."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from backprop_lab.config.types import Config
from backprop_lab.engines import by_hand
from backprop_lab.options import discovery
from backprop_lab.options.class_form import ClassForm
from backprop_lab.report.option_formulas import offered
from backprop_lab.training import forward

SOURCES: dict[str, tuple[str, Callable]] = {
    "forward": ("training/forward.py", forward.forward),
    "backward": ("engines/by_hand.py", by_hand.backward),
    "step": ("engines/by_hand.py", by_hand.ByHand.step),
    "loss": ("engines/by_hand.py", by_hand.ByHand.loss),
}
# By the kind of a line of the X-ray: the source, the beginning of the line in it, and how many lines belong to it.
MARKS = {
    "sum": ("forward", "z_BO = x_BI", 3),
    "activation": ("forward", "a_BO =", 1),
    "dropout": ("forward", "x_BI = a_BO", 1),
    "loss": ("loss", "return", 1),
    "slope": ("step", "slope =", 1),
    "back": ("backward", "slope_BO = slope_BO @", 1),
    "dropout_back": ("backward", "if before.dropout", 2),
    "local": ("backward", "slope_BO = slope_BO * before.option", 1),
    "delta": ("backward", "slope_BO = slope_BO * before.option", 1),
    "gradient": ("backward", "gradients[layer.weight]", 1),
    "bias": ("backward", "if layer.bias", 2),
    "mean": ("step", "gradients =", 1),
    "penalty": ("step", "penalty.add_slopes", 1),
    "clip": ("step", "clipping.clip", 1),
    "slot": ("step", "self.updates.apply", 1),
    "update": ("step", "self.updates.apply", 1),
}


def code() -> dict[str, Any]:
    """The ``sources``, each with its ``file`` and ``text``, and of each kind of line its ``marks``: source, first and
    last line, counted from 0."""
    sources = {name: {"file": file, "text": source_of(function)} for name, (file, function) in SOURCES.items()}
    marks = {}
    for kind, (name, beginning, count) in MARKS.items():
        lines = [line.strip() for line in sources[name]["text"].split("\n")]
        first = next(i for i, line in enumerate(lines) if line.startswith(beginning))
        marks[kind] = (name, first, first + count - 1)
    return {"sources": sources, "marks": marks}


def option_code(config: Config) -> dict[str, dict[str, dict[str, str]]]:
    """By group, option and function, of the options that a page offers; functions of a loss have the type of task
    behind their name."""
    return {
        "activation": _functions("activation", config, "value", "slope"),
        "loss": {name: _of_loss(name) for name in offered("loss", config) if name != "auto"},
        "penalty": _functions("penalty", config, "slope"),
        "optimizer": _functions("optimizer", config, "update"),
    }


def _functions(group: str, config: Config, *names: str) -> dict[str, dict[str, str]]:
    found = {}
    for option in offered(group, config):
        module = discovery.module(group, option)
        found[option] = {name: source_of(getattr(module, name)) for name in names if hasattr(module, name)}
    return found


def _of_loss(loss: str) -> dict[str, str]:
    found = {}
    for task_type, form in discovery.module("loss", loss).FORMS.items():
        if isinstance(form, ClassForm):
            parts = {name: source_of(function) for name, function in form.formulas.items()}
            found[f"value {task_type}"] = f"{parts['part']}\n\n{parts['loss']}"
            found[f"slope {task_type}"] = f"{parts['part']}\n\n{parts['derivative']}"
        else:
            found |= {f"{name} {task_type}": source_of(function) for name, function in form.formulas.items()}
    return found


def source_of(function: Callable) -> str:
    """The text of a function without its docstring; "" if nobody knows it, such as of a function made by another."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        definition = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError):
        return ""
    lines = text.rstrip().split("\n")
    if isinstance(definition, ast.FunctionDef) and ast.get_docstring(definition) and len(definition.body) > 1:
        docstring = definition.body[0]
        assert docstring.end_lineno is not None
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines)
