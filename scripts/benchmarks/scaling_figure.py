"""Time and memory of a batched sweep against its number of members, on logarithmic axes."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backprop_lab.figures.style import INK, MUTED, SERIES, new_figure, tidy

BATCHED, BASIC = SERIES[0], SERIES[1]
LIMIT_MEGABYTES = 4 * 1024**3 / 1e6


def scaling_figure(
    seconds: Mapping[int, float], megabytes: Mapping[int, float], basic_members: int, basic_seconds: float
) -> Figure:
    """``seconds`` and ``megabytes`` by number of members; the basic launcher was measured with ``basic_members``."""
    figure = new_figure(9, 3.8)
    time, memory = figure.subplots(1, 2)
    _line(time, seconds, BATCHED)
    members = sorted(seconds)
    more = [n for n in members if n >= basic_members]  # with fewer members, most of the time is start-up
    time.plot(more, [n * basic_seconds / basic_members for n in more], linestyle="--", linewidth=1.2, color=BASIC)
    time.plot([basic_members], [basic_seconds], marker="s", linestyle="none", color=BASIC)
    time.annotate(
        f"one after another\n(measured with {basic_members},\nscaled up)", (basic_members, basic_seconds),
        xytext=(-4, 60), textcoords="offset points", ha="center", color=BASIC, fontsize=9,
    )  # fmt: skip
    time.annotate(
        "batched", (members[-1], seconds[members[-1]]), xytext=(0, -34), textcoords="offset points", ha="center",
        color=BATCHED, fontsize=9,
    )  # fmt: skip
    time.set_ylim(bottom=min(seconds.values()) / 2)
    time.set_ylabel("seconds, whole process")
    _line(memory, megabytes, BATCHED)
    memory.axhline(LIMIT_MEGABYTES, linestyle=":", linewidth=1.2, color=MUTED)
    memory.annotate(
        "4 GiB", (members[0], LIMIT_MEGABYTES), xytext=(0, 4), textcoords="offset points", color=MUTED, fontsize=9
    )
    memory.set_ylim(100, 10_000)
    memory.set_ylabel("peak memory of all processes, MB")
    for axes in (time, memory):
        axes.set_xlabel("members trained together")
        tidy(axes)
    return figure


def _line(axes: Axes, values: Mapping[int, float], color: str) -> None:
    members = sorted(values)
    axes.loglog(members, [values[n] for n in members], marker="o", color=color)
    for n in members:
        axes.annotate(
            f"{values[n]:,.0f}", (n, values[n]), xytext=(0, 7), textcoords="offset points", ha="center", color=INK,
            fontsize=8,
        )  # fmt: skip
    axes.set_xticks(members, [f"{n:,}" for n in members])
    axes.minorticks_off()
