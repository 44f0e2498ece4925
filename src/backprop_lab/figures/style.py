"""The shared style of all figures: colour-blind-safe colours, which are never the only distinction."""

import io
import warnings
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text

INK = "#1B1F24"
MUTED = "#57606A"
LINE = "#D8DCE0"
TRAINING = "#A3005C"
VALIDATION = INK
SERIES = ("#1F6FB4", "#C2570C", "#117733", "#882255", "#5B6ABF", "#57606A")
FIELD = LinearSegmentedColormap.from_list("orange_blue", ["#F0A35E", "#F6F5F2", "#6BA6D9"])
DPI = 150
SAVING: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None}},
    "pdf": {"metadata": {"CreationDate": None}},
}
SCALE = LinearSegmentedColormap.from_list("blue", ["#08306B", "#6BA6D9", "#F6F5F2"])


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, with its size in inches."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def tidy(axes: Axes) -> None:
    """Thin grey frame and muted labels; dark ink for the title."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LINE)
    axes.tick_params(colors=MUTED, labelsize=9)
    axes.xaxis.label.set_color(MUTED)
    axes.yaxis.label.set_color(MUTED)
    axes.title.set_color(INK)


def file_of(figure: Figure, kind: str) -> bytes:
    """The figure as a file: ``png`` at 150 dpi, ``svg`` or ``pdf``, the same bytes each time.

    Its texts are no formulas, but for the numbers of logarithmic axes.
    """
    texts = set(figure.findobj(Text))  # first: looking makes the ticks that are still missing
    ticks = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.majorTicks, *axis.minorTicks)
        for label in (tick.label1, tick.label2)
    }
    for text in texts - ticks:
        text.set_parse_math(False)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "constrained_layout not applied")  # very long labels
        with rc_context({"svg.hashsalt": "backprop lab"}):  # otherwise the ids in an SVG are random
            if kind == "png":  # the same bytes as from savefig, which draws everything twice
                figure.set_dpi(DPI)
                FigureCanvasAgg(figure).print_png(buffer, pil_kwargs={"compress_level": 3})
            else:
                figure.savefig(buffer, format=kind, dpi=DPI, **SAVING[kind])
    return buffer.getvalue()


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    return file_of(figure, "png")
