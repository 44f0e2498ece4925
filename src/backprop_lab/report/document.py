"""Builds a page: one HTML file with styles, scripts and data, under a strict content security policy.

The browser runs only the scripts and styles whose hashes the policy lists, and makes no network requests.
"""

import base64
import hashlib
import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from backprop_lab import __version__
from backprop_lab.experiment.visible import visible_lines

HERE = Path(__file__).parent
PAGE = HERE / "page"
VENDOR = HERE / "vendor"
D3, PLOT = "d3.min.js", "plot.min.js"
COMMENTS = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
TRAILING = re.compile(r"[ \t]+// [^\n\"'`]*$", re.MULTILINE)
INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
NEEDLESS = re.compile(r"(?<=[{(\[,;])\n+")  # ends of lines after which a statement goes on or has ended
# Observable Plot adds this style to each chart; "plot" is the class name set in sweep/sweep.js.
PLOT_STYLE = """\
:where(.plot) {
  --plot-background: white;
  display: block;
  height: auto;
  height: intrinsic;
  max-width: 100%;
}
:where(.plot text),
:where(.plot tspan) {
  white-space: pre;
}"""


def document(
    template: str,
    *,
    styles: Sequence[str],
    scripts: Sequence[str],
    libraries: Sequence[str],
    data: Any,
    arrays: Mapping[str, np.ndarray],
    context: Mapping[str, Any],
) -> str:
    """The HTML of a page.

    ``template`` extends ``document.html`` and gets ``context``. ``styles`` and ``scripts`` are files under ``page/``,
    joined in this order, the scripts after the ``libraries``. ``data`` becomes JSON and ``arrays`` compressed blocks;
    ``readData`` in common/data.js reads both.
    """
    style = _joined(styles)
    texts = [_text(VENDOR / library) for library in libraries]
    script = script_of(scripts)
    return _environment().get_template(template).render(
        **context,
        version=__version__,
        policy=policy([*texts, script], [style, *([PLOT_STYLE] if PLOT in libraries else [])]),
        style=Markup(style),
        libraries=[Markup(text) for text in texts],
        script=Markup(script),
        data=htmlsafe_json_dumps(plain(data), allow_nan=False, separators=(",", ":")),
        blocks=[(name, str(array.dtype), list(array.shape), packed(array)) for name, array in arrays.items()],
        licenses=_licenses(libraries),
    )  # fmt: skip


def script_of(names: Sequence[str]) -> str:
    """The page's own files as one script, without comments, indentation and needless ends of lines.

    No text in them goes over several lines, or has a double slash behind a blank.
    """
    script = f'"use strict";\n{INDENTATION.sub("", TRAILING.sub("", COMMENTS.sub("", _joined(names))))}'
    return NEEDLESS.sub("", script)


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """The content security policy of a page with these scripts and styles."""
    return "; ".join([
        "default-src 'none'",
        f"script-src {' '.join(map(_source, scripts))}",
        f"style-src {' '.join(map(_source, styles))}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ])  # fmt: skip


def packed(array: np.ndarray) -> str:
    """The values, arranged to compress well, as base64 of zlib.

    For int8, the differences along the last axis, modulo 256; for every other type, all first bytes, then all second
    bytes, and so on, little-endian.
    """
    if array.dtype == np.int8:
        values = array.view(np.uint8)
        content = np.diff(values, axis=-1, prepend=np.zeros_like(values[..., :1])).tobytes()
    else:
        ordered = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        content = ordered.reshape(-1).view(np.uint8).reshape(-1, array.dtype.itemsize).T.tobytes()
    return base64.b64encode(zlib.compress(content, 9)).decode()


def text_array(data: Any) -> np.ndarray:
    """``data`` as the bytes of its JSON, for long data that should be compressed like the arrays."""
    return np.frombuffer(json.dumps(plain(data), allow_nan=False, separators=(",", ":")).encode(), np.uint8)


def plain(value: Any) -> Any:
    """``value`` for JSON, with lists for arrays, None for numbers that are not finite, and text as it may be shown."""
    if isinstance(value, str):
        return visible_lines(value)
    if isinstance(value, float):  # before Mapping, whose check takes long for what is none
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict | Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    return value


def _licenses(libraries: Sequence[str]) -> str:
    """Those of the libraries that a page has; the file has d3's first."""
    of_d3, _, _ = (text := _text(VENDOR / "LICENSES.txt")).partition("@observablehq/plot@")
    return text if PLOT in libraries else of_d3.rstrip()


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _joined(names: Sequence[str]) -> str:
    return "\n".join(_text(PAGE / name) for name in names)


@cache
def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_shown,
    )  # fmt: skip


def _shown(value: Any) -> Any:
    """What a template inserts: text as it may be shown, but for our own styles and scripts."""
    return visible_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value
