"""Finds the formats: each is one module in ``formats/``."""

import importlib
import importlib.util
import pkgutil
from types import ModuleType

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.export import formats


def names() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(formats.__path__))


def module(name: str) -> ModuleType:
    """The module of a format. Raises ``ConfigError`` if there is none, or if it needs a package that is not here."""
    if name not in names():
        raise ConfigError("format", name, ", ".join(names()))
    found = _module(name)
    if any(importlib.util.find_spec(package) is None for package in getattr(found, "NEEDS", ())):
        others = ", ".join(other for other in names() if other != name)
        allowed = f"{others}; this one after pip install 'backprop-lab[{name}]'"
        raise ConfigError("format", name, allowed)
    return found


def for_any_model() -> list[str]:
    """The names of the formats that not only export layers in a row."""
    return [name for name in names() if _module(name).FOR_ANY_MODEL]


def described(indent: int) -> str:
    """A line of help for each format."""
    width = max(map(len, names()))
    return "\n".join(f"{' ' * indent}{name:<{width}}  {_module(name).MEANS}" for name in names())


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{formats.__name__}.{name}")
