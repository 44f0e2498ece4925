"""What every page is made of: one file with templates, styles, scripts and data in it, under a strict policy.

The browser runs the scripts and styles whose hashes the policy names, and nothing else; it asks no network.
"""

import base64
import hashlib
import json
import math
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

HERE = Path(__file__).parent
PAGE = HERE / "page"
VENDOR = HERE / "vendor"
LIBRARIES = ("d3.min.js", "plot.min.js")
# Observable Plot puts this style into each of its charts; "plot" is the class name that common/chart.js gives it.
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
    data: Any,
    arrays: Mapping[str, np.ndarray],
    context: Mapping[str, Any],
) -> str:
    """The text of a page.

    ``template`` extends ``document.html`` and is given ``context``. ``styles`` and ``scripts`` are files under
    ``page/``, joined in this order, the scripts behind d3 and Plot. ``data`` becomes JSON and ``arrays`` compressed
    blocks; ``readData`` of common/data.js gives both back.
    """
    style = _joined(styles)
    libraries = [_text(VENDOR / library) for library in LIBRARIES]
    script = script_of(scripts)
    return _environment().get_template(template).render(
        **context,
        version=__version__,
        policy=policy([*libraries, script], [style, PLOT_STYLE]),
        style=Markup(style),
        libraries=[Markup(library) for library in libraries],
        script=Markup(script),
        data=htmlsafe_json_dumps(plain(data), allow_nan=False, separators=(",", ":")),
        blocks=[(name, str(array.dtype), list(array.shape), packed(array)) for name, array in arrays.items()],
        licenses=_text(VENDOR / "LICENSES.txt"),
    )  # fmt: skip


def script_of(names: Sequence[str]) -> str:
    """The page's own files as one script."""
    return f'"use strict";\n{_joined(names)}'


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
    """The values in base64 of zlib, arranged so that they compress well.

    Of int8 the differences along the last axis, which wrap around; of every other type all first bytes, then all second
    ones, and so on, little-endian.
    """
    if array.dtype == np.int8:
        values = array.view(np.uint8)
        content = np.diff(values, axis=-1, prepend=np.zeros_like(values[..., :1])).tobytes()
    else:
        ordered = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        content = ordered.reshape(-1).view(np.uint8).reshape(-1, array.dtype.itemsize).T.tobytes()
    return base64.b64encode(zlib.compress(content, 6)).decode()


def text_array(data: Any) -> np.ndarray:
    """``data`` as the bytes of its JSON: for what is so long that it should be compressed as the arrays are."""
    return np.frombuffer(json.dumps(plain(data), allow_nan=False, separators=(",", ":")).encode(), np.uint8)


def plain(value: Any) -> Any:
    """``value`` with lists for arrays and null for what is not a finite number, as JSON has it."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
