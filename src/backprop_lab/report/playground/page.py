"""The page that needs neither Python nor a run: it trains what its address says."""

from typing import Any

import numpy as np

from backprop_lab.config.types import Config
from backprop_lab.report.document import D3, document, text_array
from backprop_lab.report.run import page as run_page
from backprop_lab.report.run.code import code
from backprop_lab.report.run.live import live_data

LEFT_OUT = (
    "run/importance.js", "run/pixels.js", "run/findings.js", "run/check.js", "run/main.js", "xray/recorded.js",
)  # fmt: skip
"""What only a recorded run has."""
SCRIPTS = [*(name for name in run_page.SCRIPTS if name not in LEFT_OUT), "playground/main.js"]


def page(config: Config) -> str:
    """The HTML; without an address it trains ``config``, a data set of the plane."""
    context: dict[str, Any] = {
        "title": "A network to play with",
        "back": "Back to the start",
        "has_layers": True,
        "has_confusion": True,
        "has_importance": False,
        "has_spread": False,
        "share": None,
        "columns": 2,
        "image": None,
        "final_scores": [],
    }
    arrays: dict[str, np.ndarray] = {"live": text_array(live_data(config)), "code": text_array(code())}
    return document(
        "playground/playground.html", styles=run_page.STYLES, scripts=SCRIPTS, libraries=[D3], data={},
        arrays=arrays, context=context,
    )  # fmt: skip
