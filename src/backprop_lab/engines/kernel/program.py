"""The compiled program: the training loop together with the formulas of all options.

Which formula a member has is a number, and the choice among them is generated text, so that one program serves every
network and nothing is compiled for a sweep. Numba caches only what stands in a file: the text is written to a file in
a folder of the user's own, whose name holds a hash of everything that is compiled.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numba
from numba.extending import register_jitable

from backprop_lab.engines.kernel import arithmetic, lanes, network, orders, training
from backprop_lab.engines.kernel.lanes import Lanes, compiled
from backprop_lab.options import arithmetic as plain_arithmetic
from backprop_lab.options import discovery
from backprop_lab.options.discovery import OptionError
from backprop_lab.training import cache

COMPILED = (lanes, arithmetic, network, orders, training)
"""The modules whose functions are part of every program."""
GROUPS = ("activation", "loss", "penalty", "optimizer")
"""The groups of options whose formulas are compiled."""


@dataclass(frozen=True)
class Formula:
    """An option's formulas, compiled as ``kind`` of its group. ``task`` is the type of task, for a loss."""

    group: str
    name: str
    task: str = ""

    @property
    def option(self) -> ModuleType:
        return discovery.module(self.group, self.name)

    @property
    def functions(self) -> dict[str, Callable]:
        """By name: ``value`` and ``slope``, or ``update``; those of a loss are its form's."""
        if self.task:
            of_form: dict[str, Callable] = self.option.FORMS[self.task].formulas
            return of_form
        return {name: getattr(self.option, name) for name in ("value", "slope", "update") if hasattr(self.option, name)}

    @property
    def arguments(self) -> int:
        """How many numbers of a member's own a loss or penalty has."""
        return len(getattr(self.option, "KNOBS", {}))

    @property
    def slots(self) -> int:
        return len(getattr(self.option, "SLOTS", ()))

    @property
    def coefficients(self) -> int:
        """How many coefficients an optimizer's update takes."""
        return len(inspect.signature(self.functions["update"]).parameters) - 2 - self.slots

    @property
    def refusal(self) -> str:
        """Why Numba cannot compile it; empty if it can. Only a custom option is tried."""
        if not discovery.is_own(self.group, self.name):
            return ""
        kind = Lanes(numba.float64)
        try:
            for function in self.functions.values():
                arity = len(inspect.signature(function).parameters)
                made = compiled(_jitable(function))
                made.compile((kind,) * arity)
                (of,) = [overload.signature.return_type for overload in made.overloads.values()]
                if any(not isinstance(part, (Lanes, numba.types.Number)) for part in getattr(of, "types", [of])):
                    return f"{function.__name__}() returns {of}"
        except Exception as failure:  # whatever a formula contains that Numba does not know
            lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
            return (lines or [type(failure).__name__])[0].removeprefix("Failed in nopython mode pipeline ").strip("()")
        return ""


class Program:
    """The compiled training loop for the options that are known now."""

    def __init__(self, formulas: list[Formula], refused: dict[tuple[str, str], str]) -> None:
        self.refused = refused
        """Why an option, by group and name, is not in the program."""
        self._kinds = {group: [f for f in formulas if f.group == group] for group in GROUPS}
        self.text = "\n".join(_text(self._kinds))
        self._lock = threading.Lock()
        self._ready: set[tuple[Any, ...]] = set()

    def kind(self, group: str, name: str, task: str = "") -> int:
        """The number of a formula; -1 for an option without one."""
        of_group = self._kinds[group]
        wanted = Formula(group, name, task)
        return of_group.index(wanted) if wanted in of_group else -1

    def run(self, *arguments: Any) -> None:
        """Train members; see ``training.training``. Loads the program from the cache, or compiles it, once a precision.

        Several threads may call it.
        """
        kinds = tuple(map(numba.typeof, arguments))
        if kinds not in self._ready:
            with self._lock, _little_optimized():
                self._compiled.compile(kinds)
                self._ready.add(kinds)
        self._compiled(*arguments)

    @functools.cached_property
    def _key(self) -> str:
        return self._hash()[:32]

    @functools.cached_property
    def _file(self) -> Path | None:
        return cache.kept(f"kernel-{self._key}", "program.py", self.text)

    @functools.cached_property
    def _compiled(self) -> Any:
        made = ModuleType(f"{__package__}.program_{self._key}")
        made.formula = _formula  # type: ignore[attr-defined]
        sys.modules[made.__name__] = made  # where Numba looks for it when it loads from its cache
        exec(compile(self.text, str(self._file or "<program>"), "exec"), vars(made))
        if self._file is not None:
            made.run.enable_caching()
        return made.run

    def _hash(self) -> str:
        """Of everything that is compiled."""
        digest = hashlib.sha256(self.text.encode())
        for package in ("numba", "llvmlite"):
            digest.update(importlib.metadata.version(package).encode())
        files = [Path(module.__file__ or "") for module in (*COMPILED, plain_arithmetic)]
        files += [file for group in GROUPS for file in sorted((discovery.SHIPPED / group).glob("*.py"))]
        for file in files:
            digest.update(file.read_bytes())
        for group in GROUPS:
            for formula in self._kinds[group]:
                digest.update("".join(discovery.source_sha256(group, formula.name).values()).encode())
        return digest.hexdigest()


@contextlib.contextmanager
def _little_optimized() -> Iterator[None]:
    """Inside, LLVM looks for nothing to vectorize, which is vectors already: compiling takes a third less."""
    names = {"OPT": 2, "LOOP_VECTORIZE": 0, "SLP_VECTORIZE": 0}
    before = {name: getattr(numba.config, name) for name in names}
    try:
        for name, value in names.items():
            setattr(numba.config, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(numba.config, name, value)


def program() -> Program:
    """The program of all options, including those of the folders in use. Several threads get the same one."""
    with _building:
        return _program()


@discovery.remembered
def _program() -> Program:
    known: list[Formula] = []
    refused: dict[tuple[str, str], str] = {}
    for group in GROUPS:
        for name in discovery.names(group):
            try:
                formulas = list(_formulas_of(group, name))
            except OptionError as broken:  # one that is not chosen must not hinder the others
                refused[group, name] = str(broken)
                continue
            if refusal := next((formula.refusal for formula in formulas if formula.refusal), ""):
                refused[group, name] = refusal
            else:
                known += formulas
    return Program(known, refused)


def _formulas_of(group: str, name: str) -> Iterator[Formula]:
    """An option has one set of formulas; a loss, one for each type of task; a choice such as ``auto``, none."""
    if name == "auto":
        return
    if group == "loss":
        yield from (Formula(group, name, task) for task in sorted(discovery.module(group, name).FORMS))
    elif Formula(group, name).functions:
        yield Formula(group, name)


_building = threading.RLock()
_jitables: dict[FunctionType, Callable] = {}


def _jitable(function: Any) -> Callable:
    """``function`` so that compiled code can call it, with the plain functions that it calls by name."""
    if function not in _jitables:
        _jitables[function] = register_jitable(no_cfunc_wrapper=True)(function)
        for name in function.__code__.co_names:
            called = function.__globals__.get(name)
            if isinstance(called, FunctionType) and called.__module__ != plain_arithmetic.__name__:
                _jitable(called)
    return _jitables[function]


def _formula(group: str, name: str, task: str, function: str) -> Callable:
    return _jitable(Formula(group, name, task).functions[function])


# -- the text ---------------------------------------------------------------------------------------------------------


def _text(kinds: dict[str, list[Formula]]) -> Iterator[str]:
    yield '"""Generated by backprop_lab/engines/kernel/program.py: the choice among the formulas of the options."""'
    yield "from backprop_lab.engines.kernel.arithmetic import lanes_of"
    yield "from backprop_lab.engines.kernel.lanes import compiled, entry, load, splat, store"
    yield "from backprop_lab.engines.kernel.training import training"
    for group in GROUPS:
        for k, formula in enumerate(kinds[group]):
            for function in formula.functions:
                key = (group, formula.name, formula.task, function)
                yield f"{group}_{k}_{function} = formula{key!r}"
    for head, (group, parts, otherwise) in _CHOICES.items():
        yield from _dispatcher(head, group, parts, otherwise, kinds[group])
    yield from _activate(kinds["activation"], "activate(kind, v, first, last)", has_slopes=False)
    yield from _activate(kinds["activation"], "activate_with_slopes(kind, v, s, first, last)", has_slopes=True)
    moved = [line for k, formula in enumerate(kinds["optimizer"]) for line in _moved(k, formula)]
    yield "@compiled"
    yield "def moved(kind, state, gradients, coefficients, step):"
    yield "    parameters, first = len(gradients), step * coefficients.shape[1]"
    yield from (f"    {line}" for line in moved)
    yield "train = training(activate, activate_with_slopes, lost, parted, closed, derived, penal, moved)"
    yield "@entry"
    yield "def run(layers, kinds, batch, points, val, random, numbers, memory, members, first, logged, recorded):"
    yield "    train(layers, kinds, batch, points, val, random, numbers, memory, members, first, logged, recorded)"


_CHOICES = {
    "lost(kind, z, y, numbers)": ("loss", {"value": "z, y", "slope": "z, y"}, "z, z"),
    "parted(kind, z, is_own, own, rival, numbers)": ("loss", {"part": "z, is_own, own, rival"}, "z"),
    "closed(kind, z, own, rival, numbers)": ("loss", {"loss": "z, own, rival"}, "z"),
    "derived(kind, z, total, is_own, own, rival, numbers)": (
        "loss", {"derivative": "z, total, is_own, own, rival"}, "z",
    ),
    "penal(kind, w, numbers)": ("penalty", {"value": "w", "slope": "w"}, "w, w"),
}  # fmt: skip
"""The functions that choose a formula by its number: the group, the arguments of each formula that they return the
result of, and what they return for a number that none of them has."""


def _dispatcher(head: str, group: str, parts: dict[str, str], otherwise: str, formulas: list[Formula]) -> Iterator[str]:
    yield "@compiled"
    yield f"def {head}:"
    for k, formula in enumerate(formulas):
        if parts.keys() <= formula.functions.keys():
            own = "".join(f", load(numbers, {i})" for i in range(formula.arguments))
            results = [f"lanes_of({group}_{k}_{part}({given}{own}), {otherwise[0]})" for part, given in parts.items()]
            yield f"    if kind == {k}:"
            yield f"        return {', '.join(results)}"
    yield f"    return {otherwise}"


def _activate(formulas: list[Formula], head: str, *, has_slopes: bool) -> Iterator[str]:
    yield "@compiled"
    yield f"def {head}:"
    for k, _ in enumerate(formulas):
        yield f"    if kind == {k}:"
        yield "        for at in range(first, last):"
        yield "            z = load(v, at)"
        yield f"            a = lanes_of(activation_{k}_value(z), z)"
        yield "            store(v, at, a)"
        if has_slopes:
            yield f"            store(s, at, lanes_of(activation_{k}_slope(z, a), z))"
    yield "    return None"


def _moved(k: int, formula: Formula) -> Iterator[str]:
    slots, numbers = range(1, formula.slots + 1), range(formula.coefficients)
    before = "".join(f", load(state, {i} * parameters + p)" for i in slots)
    yield f"if kind == {k}:"
    for i in numbers:
        yield f"    n{i} = load(coefficients, first + {i})"
    yield "    for p in range(parameters):"
    yield "        w = load(state, p)"
    after = ", ".join(["u", *(f"s{i}" for i in slots)])
    arguments = "".join(f", n{i}" for i in numbers)
    yield f"        {after} = optimizer_{k}_update(w, load(gradients, p){before}{arguments})"
    yield "        store(state, p, lanes_of(u, w))"
    for i in slots:
        yield f"        store(state, {i} * parameters + p, lanes_of(s{i}, w))"
    yield "        store(gradients, p, splat(0.0, w))"
