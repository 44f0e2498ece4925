"""A training as an animated GIF for slides: the network's predictions, beside them the loss with a marker."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba_array
from PIL import Image

from backprop_lab.figures import classes
from backprop_lab.figures.classes import Extent
from backprop_lab.figures.decision_boundary import Points, draw_points
from backprop_lab.figures.style import (
    INK,
    LINE,
    MUTED,
    SERIES,
    TRAINING,
    VALIDATION,
    new_figure,
    tidy,
)
from backprop_lab.figures.values import draw_diagonal
from backprop_lab.options.text import cut

WIDTH, HEIGHT = 9.6, 5.4  # inches at 100 dpi: the shape of a slide
SECONDS, SECONDS_FIRST, SECONDS_LAST = 0.08, 0.8, 3.0  # duration of a frame
MOST_NAME = 20  # characters of a class above the picture
SHADES, OTHERS = 64, 96  # colours of the field, and of everything else


@dataclass(frozen=True)
class Frame:
    """One moment: the network's ``predictions`` at the scene's points, the validation loss, and a title."""

    epoch: int
    val_loss: float
    predictions: np.ndarray
    title: str


@dataclass(frozen=True)
class History:
    """The losses of the completed epochs ``epoch``, each [rows]."""

    epoch: np.ndarray
    train_loss: np.ndarray
    val_loss: np.ndarray


class Scene(Protocol):
    """The axes on which the predictions are drawn."""

    def shades(self) -> np.ndarray:
        """The colours of the moving part, red, green and blue from 0 to 1, [n, 3]."""

    def draw(self, axes: Axes) -> None:
        """Draw the static part of all frames."""

    def show(self, axes: Axes, predictions: np.ndarray) -> Sequence[Artist]:
        """Draw the moving part, which is removed before the next frame."""


@dataclass(frozen=True)
class Plane:
    """Predictions are a field over ``extent``; see ``figures/classes.py``."""

    extent: Extent
    train: Points
    val: Points
    outputs: int = 1
    """Of the network: 1, or the number of classes."""
    names: Sequence[str] = ("x1", "x2")
    """Of the axes."""
    class_name: Callable[[int], str] = "class {}".format

    def shades(self) -> np.ndarray:
        return classes.shades(self.outputs, SHADES)

    def draw(self, axes: Axes) -> None:
        draw_points(axes, self.train, self.val)
        axes.set(xlabel=self.names[0], ylabel=self.names[1], xlim=self.extent[:2], ylim=self.extent[2:])
        hollow = "" if np.array_equal(self.train[0], self.val[0]) else ", hollow: validation"
        two = f"squares: {cut(self.class_name(0), MOST_NAME)}, circles: {cut(self.class_name(1), MOST_NAME)}"
        said = two if self.outputs <= 2 else "a mark for each class"
        axes.set_title(f"{said}{hollow}", fontsize=12)

    def show(self, axes: Axes, predictions: np.ndarray) -> list[Artist]:
        classes.draw_regions(axes, predictions, self.extent)
        lines = classes.draw_boundaries(axes, predictions, self.extent, 2.2)
        return [axes.images[-1], *lines, *classes.say_where_flat(axes, predictions, 14, self.class_name)]


@dataclass(frozen=True)
class Line:
    """Predictions are values at ``places`` [n, 1] and then at the points ``x`` [m, 1], whose targets are ``y`` [m]."""

    places: np.ndarray
    x: np.ndarray
    y: np.ndarray
    names: tuple[str, str] = ("x", "y")

    def shades(self) -> np.ndarray:
        return np.empty((0, 3))

    def draw(self, axes: Axes) -> None:
        axes.scatter(self.x[:, 0], self.y, s=50, color=TRAINING, zorder=3)
        margin = 0.4 * (np.ptp(self.y) or 1.0)
        axes.set(xlabel=self.names[0], ylabel=self.names[1], xlim=(self.places.min(), self.places.max()))
        axes.set_ylim(self.y.min() - margin, self.y.max() + margin)
        axes.set_title("training points and the network's predictions", fontsize=12)

    def show(self, axes: Axes, predictions: np.ndarray) -> list[Artist]:
        line, fitted = np.split(predictions, [len(self.places)])
        sticks = axes.vlines(self.x[:, 0], fitted, self.y, color=MUTED, linewidth=1, zorder=1)
        return [sticks, *axes.plot(self.places[:, 0], line, color=SERIES[0], linewidth=2.5, zorder=2)]


@dataclass(frozen=True)
class Truth:
    """Predictions are values at points with the true values ``y`` [n], of which the first ``train`` are trained on."""

    y: np.ndarray
    train: int
    target: str

    def shades(self) -> np.ndarray:
        return np.empty((0, 3))

    def draw(self, axes: Axes) -> None:
        low, high = float(self.y.min()), float(self.y.max())
        margin = 0.15 * ((high - low) or 1.0)
        draw_diagonal(axes, self.target, low, high)
        axes.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin))
        axes.yaxis.label.set_fontsize(13)
        hollow = ", hollow: validation" if self.train < len(self.y) else ""
        axes.set_title(f"predicted against true{hollow}", fontsize=12)

    def show(self, axes: Axes, predictions: np.ndarray) -> list[Artist]:
        parts = {TRAINING: slice(self.train), "white": slice(self.train, None)}
        return [
            axes.scatter(self.y[part], predictions[part], s=22, facecolors=face, edgecolors=TRAINING, linewidths=1)
            for face, part in parts.items()
        ]


def film_gif(scene: Scene, history: History, frames: Sequence[Frame]) -> bytes:
    """A looping GIF, which browsers, Markdown viewers and presentation programs all play.

    The last frame is shown longest.
    """
    figure = new_figure(WIDTH, HEIGHT)
    canvas = FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
    scene.draw(left)
    _draw_history(right, history, frames)
    for axes in (left, right):
        axes.xaxis.label.set_fontsize(13)
        axes.tick_params(labelsize=12)
        tidy(axes)
    figure.suptitle(frames[-1].title, fontsize=16, color=INK)
    canvas.draw()
    figure.set_layout_engine("none")  # otherwise the panels would shift as the numbers get longer

    images = []
    for frame in frames:
        figure.suptitle(frame.title)
        moving = [*scene.show(left, frame.predictions), right.axvline(frame.epoch, color=INK, linewidth=1)]
        moving += right.plot(frame.epoch, frame.val_loss, "o", color=VALIDATION, markersize=8, clip_on=False)
        canvas.draw()
        images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]))
        for artist in moving:
            artist.remove()
    return _encoded(images, scene.shades())


def _draw_history(axes: Axes, history: History, frames: Sequence[Frame]) -> None:
    """Both full curves, on an axis spaced like the frames: evenly in the cube root of the epoch."""
    known = dict(zip(history.epoch.tolist(), history.val_loss.tolist(), strict=True))
    known |= {frame.epoch: frame.val_loss for frame in frames}
    epochs = sorted(known)
    axes.plot(epochs, [known[epoch] for epoch in epochs], color=VALIDATION, linewidth=2.4, label="validation")
    axes.plot(history.epoch, history.train_loss, color=TRAINING, linewidth=1.4, linestyle="--", label="training")
    last = max(epochs[-1], 1)
    axes.set_xscale("function", functions=(np.cbrt, lambda root: root**3))
    axes.set_xlim(0, last)
    ticks = sorted({0, *(_nice_below(last * place**3) for place in (0.3, 0.45, 0.6, 0.8)), last})
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    losses = np.r_[list(known.values()), history.train_loss]
    if losses.min() > 0 and losses.max() > 20 * losses.min():
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_title("Loss", fontsize=12, loc="left")
    axes.legend(
        frameon=False, fontsize=12, ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderpad=0.1, handlelength=1.5
    )


def _nice_below(value: float) -> int:
    """The largest of 0, 1, 2, 5, 10, 20, 50, ... up to ``value``."""
    if value < 1:
        return 0
    power = 10 ** int(np.log10(value))
    return int(max(step for step in (1, 2, 5) if step * power <= value) * power)


def _encoded(images: Sequence[Image.Image], shades: np.ndarray) -> bytes:
    """One palette for all frames, so that the static part is identical in each and costs nothing.

    No dithering: its dots would flicker and compress badly.
    """
    sample = Image.new("RGB", (images[0].width, 2 * images[0].height))
    sample.paste(images[0], (0, 0))
    sample.paste(images[-1], (0, images[0].height))
    found = np.array(sample.quantize(OTHERS).getpalette()).reshape(-1, 3)
    found = found[found.min(axis=1) < 250]  # near-white must become white, like the slide
    palette = Image.new("P", (1, 1))
    ours = to_rgba_array(["white", INK, MUTED, LINE, TRAINING, *SERIES, *classes.POINTS])[:, :3]
    palette.putpalette(np.vstack([255 * ours, 255 * shades, found]).round().astype(np.uint8).tobytes())
    first, *others = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    seconds = [SECONDS_FIRST, *[SECONDS] * (len(images) - 2), SECONDS_LAST][-len(images) :]
    file = io.BytesIO()
    duration = [round(1000 * second) for second in seconds]
    first.save(file, "gif", save_all=True, append_images=others, duration=duration, loop=0)
    return file.getvalue()
