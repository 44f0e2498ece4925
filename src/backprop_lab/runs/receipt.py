"""The receipt of a run as the bytes of ``summary.json``, and its entries about versions and options."""

import functools
import json
import math
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Any

from backprop_lab.config.types import Config
from backprop_lab.options import discovery
from backprop_lab.runs import entries
from backprop_lab.runs.errors import wrong
from backprop_lab.runs.status import Status
from backprop_lab.training.head import SCORE_LABELS

_CONSTANTS = {None: "null", True: "true", False: "false"}
PACKAGES = ("torch", "pytorch-lightning", "hydra-core", "numpy", "scikit-learn")


def dump(receipt: Mapping[str, Any]) -> bytes:
    """The receipt, all of whose numbers are finite, as JSON."""
    return f"{_text(receipt)}\n".encode()


def _text(value: Any, indent: str = "") -> str:
    """JSON with a line for each entry, and for each row of a list of rows, which takes less of them than an indent of
    ``json.dumps``."""
    inside = f"{indent}  "
    if isinstance(value, dict) and value:
        parts = [f"{inside}{quoted(key)}: {_text(item, inside)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list | dict):
        return "[\n" + ",\n".join([inside + _on_a_line(item) for item in value]) + f"\n{indent}]"
    return _on_a_line(value)


def _on_a_line(value: Any) -> str:
    """What ``json.dumps`` writes, which sets up an encoder for each value: for a number that takes longer than writing
    it."""
    if isinstance(value, str):
        return quoted(value)
    if value is None or value is True or value is False:
        return _CONSTANTS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not JSON compliant")
        return float.__repr__(value)
    if isinstance(value, dict):
        return "{" + ", ".join([f"{quoted(key)}: {_on_a_line(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join([_on_a_line(item) for item in value]) + "]"
    raise TypeError(f"{type(value).__name__} is not plain data")


def load(file: bytes) -> dict[str, Any]:
    """The entries of a receipt, checked. Raises ``ValueError`` that names the first wrong one."""
    try:
        receipt = json.loads(file, object_pairs_hook=_without_repeats, parse_constant=_refused)
    except _Refused as refused:
        raise ValueError(str(refused)) from None
    except (ValueError, RecursionError):
        raise ValueError("damaged (not JSON)") from None
    return entries.checked(receipt)


def missing(receipt: Mapping[str, Any]) -> list[str]:
    """The callbacks and loggers of a run that has ended which have not done all of their work."""
    has_ended = receipt.get("status") in [status for status in Status if status.has_ended]
    return list(receipt.get("missing", ())) if has_ended else []


def scores(receipt: Mapping[str, Any], part: str = "val") -> dict[str, float]:
    """The final scores of the validation points, or of another part, that are known, by the names of columns, such as
    ``val_f1``."""
    final = receipt.get("scores", {}).get(part, {})
    return {f"{part}_{name}": final[name] for name in SCORE_LABELS if final.get(name) is not None}


@functools.cache
def versions() -> dict[str, str]:
    """The versions of Python and of the packages that affect the numbers."""
    return {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}}


@functools.cache
def git_commit() -> str | None:
    """The project's commit, with ``-dirty`` if files differ from it; None outside a checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def own_options(config: Config) -> dict[str, str]:
    """The SHA-256 of the module of each chosen custom option, by ``group/name.py``."""
    hashes: dict[str, str] = {}
    for group, name in config.options():
        hashes |= discovery.source_sha256(group, name)
    return hashes


class _Refused(ValueError):
    """JSON that ``dump`` does not write."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Refused(str(wrong(name, "it twice", "each entry once")))
        found[name] = value
    return found


def _refused(number: str) -> None:
    raise _Refused(f"{number} is not a finite number")


def finite(value: Any) -> Any:
    """Plain data as it will be read: numbers that are not finite are null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
