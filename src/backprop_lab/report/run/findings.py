"""What happened in a training, in words: rules over its curves and frames, each with evidence and something to try."""

import functools
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from backprop_lab.config.check import Config
from backprop_lab.engines.common.layers import Layer, activation_of
from backprop_lab.experiment.console import short
from backprop_lab.options.text import number
from backprop_lab.report.run.measures import Measures, identical_units, linear_layers
from backprop_lab.report.run.separable import is_separable, most_right
from backprop_lab.runs.run import Run
from backprop_lab.training.task import State, Task

MOST_SHOWN = 4
FEW_POINTS = 16  # for as many it is said how many points a line gets right
SOLVED = 0.97  # of validation accuracy, or of R^2
RISE = 1.05  # a loss rises where it grows by more, and by more than a thousandth of what guessing costs


@dataclass(frozen=True)
class Finding:
    """One thing that happened: ``frame`` and ``panel`` say where the page shows it, ``command`` what to try."""

    rule: str
    sentence: str
    evidence: str
    frame: int | None
    panel: str | None
    command: str | None


@dataclass(frozen=True)
class Findings:
    """The verdict in one sentence, the first few findings and the others, and how many rules found nothing."""

    verdict: str
    shown: list[Finding]
    more: list[Finding]
    checked: int


def find(run: Run, task: Task, frames: list[State], measures: Measures) -> Findings:
    """All that the rules find, the most important first. A run that diverged is asked for the causes alone."""
    seen = Seen(run, run.checked_config(), task, frames, measures)
    rules = CAUSES if seen.status == "diverged" else RULES
    with np.errstate(over="ignore", invalid="ignore"):  # weights of a run that diverges
        found = [finding for finding in (rule(seen) for rule in rules) if finding is not None]
    return Findings(_verdict(seen), found[:MOST_SHOWN], found[MOST_SHOWN:], len(rules) - len(found))


class Seen:
    """What the rules look at: curves from metrics.csv, and losses at frames on all training points."""

    def __init__(self, run: Run, config: Config, task: Task, frames: list[State], measures: Measures) -> None:
        self.run = run
        self.config = config
        self.task = task
        self.frames = frames
        self.measures = measures
        self.status = run.status
        self.history: Mapping[str, np.ndarray] = run.metrics()
        self.epoch = self.history["epoch"]
        self.train_loss = self.history["train_loss"]
        self.first, self.last = measures.losses[0, 0], measures.losses[-1, 0]
        self.quality = float(measures.quality[-1, 1])
        self.is_solved = self.quality >= SOLVED
        self.reached = int(self.epoch[-1]) if len(self.epoch) else frames[-1].epoch

    @functools.cached_property
    def layers(self) -> list[Layer]:
        """Empty for a model that is not made of linear layers."""
        return linear_layers(self.task, self.frames[0]) or []

    @functools.cached_property
    def guess(self) -> float:
        """The training loss of always answering the same, as well as that can be done: the class share or the mean."""
        y = self.task.train.y.astype(np.float64)
        if self.task.loss == "mse":
            return float(y.var())
        share = y.mean()
        return float(-sum(p * np.log(p) for p in (share, 1 - share) if p > 0))

    @functools.cached_property
    def fall(self) -> float | None:
        """By how much the mean training loss of the last tenth of the rows is below that of the tenth before."""
        tenth = max(1, len(self.train_loss) // 10)
        if len(self.train_loss) < 2 * tenth:
            return None
        before, now = self.train_loss[-2 * tenth : -tenth].mean(), self.train_loss[-tenth:].mean()
        return float(1 - now / before) if before > 0 else 0.0

    @functools.cached_property
    def largest_class(self) -> float:
        """The share of validation points that one class everywhere gets right."""
        share = float(self.task.val.y.mean(dtype=np.float64))
        return max(share, 1 - share)

    @staticmethod
    def smooth(values: np.ndarray) -> np.ndarray:
        """Means over a tenth of the rows, one for each place of that window."""
        tenth = max(1, len(values) // 10)
        return np.lib.stride_tricks.sliding_window_view(values, tenth).mean(axis=1)

    @functools.cached_property
    def rises(self) -> np.ndarray:
        """For each row but the first, whether the training loss rose."""
        before, now = self.train_loss[:-1], self.train_loss[1:]
        return (now > RISE * before) & (now - before > 0.001 * self.guess)

    @functools.cached_property
    def ratio(self) -> np.ndarray:
        """Size of updates ÷ size of weights, [F, layers that did not begin at 0]; infinite where it overflows."""
        ratio = self.measures.update_ratio[:, self.measures.weight_size[0] > 0]
        return np.where(np.isnan(ratio), np.inf, ratio)

    def frame_at(self, epoch: int) -> int:
        """The last frame up to ``epoch``."""
        return max((i for i, frame in enumerate(self.frames) if frame.epoch <= epoch), default=0)

    def since(self, holds: np.ndarray) -> int:
        """The frame from which ``holds`` [F] is true to the end."""
        failing = np.flatnonzero(~holds)
        return int(failing[-1]) + 1 if len(failing) else 0

    def most_off(self) -> int:
        """The frame from which as many ReLUs are off as at the end."""
        count = np.concatenate(self.measures.off, axis=1).sum(axis=1)
        return self.since(count >= count[-1])

    def again(self, *changes: str) -> str:
        """The command of this run with other values of some keys."""
        keys = {change.partition("=")[0] for change in changes}
        kept = [override for override in self.run.overrides if override.partition("=")[0] not in keys]
        return shlex.join(["python", "-m", "train", *kept, *changes])

    def begun_otherwise(self) -> str:
        """The same with other first weights."""
        has_default = self.config.model.knobs["init"] == "default"
        return self.again(f"seed={self.config.seed + 1}" if has_default else "model.init=default")

    def with_rate(self, factor: float) -> str:
        return self.again(f"optimizer.lr={self.task.optimizer.knobs['lr'] * factor:.2g}")


# -- rules, in the order in which they are shown ----------------------------------------------------------------------


def diverged(seen: Seen) -> Finding | None:
    if seen.status != "diverged":
        return None
    epoch = int(seen.run.summary["epochs"]) + 1
    steps = seen.task.steps_per_epoch
    loss = seen.train_loss[-1] if len(seen.train_loss) else seen.first
    largest = float(seen.ratio.max(initial=0.0))
    first = (epoch - 1) * steps + 1
    when = f"step {first:,}" if steps == 1 else f"steps {first:,} to {epoch * steps:,}"
    return Finding(
        "diverged",
        f"The training diverged: in epoch {epoch:,} a loss or a weight was no longer a finite number.",
        f"{when}; last finite training loss {number(loss)}; largest update ÷ weight {number(largest)}",
        len(seen.frames) - 1,
        "curves",
        seen.with_rate(0.1),
    )


def not_separable(seen: Seen) -> Finding | None:
    task = seen.task
    is_line = len(seen.layers) == 1 or (seen.layers and activation_of(task) == "identity")
    if task.kind != "classification" or not is_line or task.in_features != 2 or seen.measures.quality[-1, 0] == 1:
        return None
    x, y = task.train.x.astype(np.float64), task.train.y
    if is_separable(x, y):
        return None
    n = len(y)
    most = f"more than {most_right(x, y)} of the {n}" if n <= FEW_POINTS else f"all {n:,}"
    right = round(float(seen.measures.quality[-1, 0]) * n)
    return Finding(
        "not separable",
        f"No straight line gets {most} training points right, and without a nonlinear hidden layer the network's "
        "boundary is a straight line.",
        f"{right:,} of {n:,} right at the end",
        len(seen.frames) - 1,
        "answer",
        _with_hidden_layer(seen),
    )


def layer_off(seen: Seen) -> Finding | None:
    for at, off in enumerate(seen.measures.off, start=1):
        whole = np.asarray(off.all(axis=1))
        if whole[-1]:
            frame = seen.since(whole)
            return Finding(
                "layer off",
                f"Layer {at} is off: {off.shape[1]} of {off.shape[1]} ReLUs give 0 for every training point, so no "
                "gradient passes and nothing before it can learn.",
                f"since epoch {seen.frames[frame].epoch:,}",
                frame,
                "network",
                seen.with_rate(0.1) if frame > 0 else seen.begun_otherwise(),
            )
    return None


def rate_too_high(seen: Seen) -> Finding | None:
    """Three signs: the loss goes up and down; a step is as long as the weights; units that worked are thrown off."""
    second_half = seen.rises[len(seen.rises) // 2 :]
    share = float(second_half.mean()) if len(second_half) >= 5 else 0.0
    # In its first step a regression may rightly go far from small weights.
    by_frame = seen.ratio[1:].max(axis=1, initial=0.0)
    largest = float(by_frame.max(initial=0.0))
    thrown = [off[-1] & ~off[0] for off in seen.measures.off]
    evidence = (
        f"the training loss rose in {share:.0%} of the second half's rows; largest update ÷ weight {number(largest)}"
    )
    if share >= 0.3:
        what, frame, panel = "the loss jumps up and down instead of settling", len(seen.frames) - 1, "curves"
    elif largest >= 1 and not seen.is_solved:
        what, frame, panel = "a step is as long as the weights that it moves", 1 + int(by_frame.argmax()), "steps"
    elif any(layer.mean() >= 0.5 for layer in thrown) and not seen.is_solved:
        what, frame, panel = "its steps threw ReLUs off that worked before", seen.most_off(), "network"
        evidence = (
            f"{sum(int(layer.sum()) for layer in thrown)} of {sum(len(layer) for layer in thrown)} ReLUs went off"
        )
    else:
        return None
    sentence = f"The learning rate looks too high: {what}."
    return Finding("learning rate too high", sentence, evidence, frame, panel, seen.with_rate(1 / 3))


def rate_too_low(seen: Seen) -> Finding | None:
    largest = float(seen.ratio.max(initial=0.0))
    falls = len(seen.epoch) >= 10 and seen.fall is not None and seen.fall >= 0.001
    if seen.rises.any() or not largest < 0.02 or not falls or seen.is_solved or not seen.last > 0.5 * seen.first:
        return None
    return Finding(
        "learning rate too low",
        "The learning rate looks too low: the loss falls steadily, but has not come far.",
        f"training loss {number(seen.first)} at the start, {number(seen.last)} at the end; "
        f"largest update ÷ weight {number(largest)}",
        len(seen.frames) - 1,
        "steps",
        seen.with_rate(10),
    )


def twins(seen: Seen) -> Finding | None:
    for at, (layer, following) in enumerate(zip(seen.layers[:-1], seen.layers[1:], strict=True)):
        groups = [identical_units(frame, layer, following) for frame in (seen.frames[0], seen.frames[-1])]
        both = max((a & b for a in groups[0] for b in groups[1]), key=len, default=frozenset())
        if len(both) > 1:
            units = sorted(both)
            said = ", ".join(f"{at + 1}.{unit + 1}" for unit in units[:4]) + (", …" if len(units) > 4 else "")
            return Finding(
                "twins",
                f"{len(units)} units of layer {at + 1} are identical: they began identical, so every gradient is "
                "identical and they count as one.",
                f"units {said}, of {len(seen.frames[0].weights[layer.weight])}",
                0,
                "network",
                seen.begun_otherwise(),
            )
    return None


def no_better_than_guessing(seen: Seen) -> Finding | None:
    if not _is_guessing(seen):
        return None
    near = float((np.abs(seen.train_loss - seen.guess) <= 0.02 * seen.guess).mean()) if len(seen.train_loss) else 1.0
    return Finding(
        "no better than guessing",
        "The network does no better than one that gives every point the same answer.",
        f"training loss {number(seen.last)}, guessing {number(seen.guess)}; within 2 % of it in {near:.0%} of the rows",
        len(seen.frames) - 1,
        "curves",
        _remedy(seen),
    )


def dead_units(seen: Seen) -> Finding | None:
    """A layer that is off as a whole has a rule of its own."""
    ends = [off[-1] for off in seen.measures.off]
    n, m = sum(int(off.sum()) for off in ends), sum(len(off) for off in ends)
    if n == 0 or any(off.all() for off in ends):
        return None
    many = any(off.mean() >= 0.5 for off in ends)
    frame = seen.most_off()
    usual = "" if many else " A few are usual, and do no harm."
    return Finding(
        "dead units",
        f"{n} of {m} ReLUs {'is' if n == 1 else 'are'} off: 0 for every training point, without a gradient.{usual}",
        f"since epoch {seen.frames[frame].epoch:,}",
        frame,
        "network",
        seen.again("model.activation=tanh") if many else None,
    )


def saturated(seen: Seen) -> Finding | None:
    ends = [layer[-1] for layer in seen.measures.saturated]
    n, m = sum(int(layer.sum()) for layer in ends), sum(len(layer) for layer in ends)
    if n == 0 or seen.is_solved:
        return None
    init = seen.config.model.knobs["init"]
    return Finding(
        "saturated",
        f"{n} of {m} units are saturated: on nearly all points they stand at an end of their range, where the slope is "
        "almost 0.",
        "beyond 97 % of the range on at least 90 % of the training points",
        len(seen.frames) - 1,
        "network",
        seen.with_rate(0.1) if isinstance(init, str) else seen.again(f"model.init={init / 10:.2g}"),
    )


def overfitting(seen: Seen) -> Finding | None:
    """By means over a tenth of the rows: the best single row of a loss that jumps is an accident."""
    rows, same = len(seen.epoch), np.array_equal(seen.task.val.x, seen.task.train.x)
    if len(seen.task.val) < 30 or same or rows < 2:
        return None
    val, train = seen.smooth(seen.history["val_loss"]), seen.smooth(seen.train_loss)
    best = int(val.argmin())
    fell = 1 - train[-1] / train[best] if train[best] > 0 else 0.0
    if best >= 0.9 * len(val) or val[-1] < 1.1 * val[best] or fell < 0.1:
        return None
    epoch = int(seen.epoch[best + (rows - len(val)) // 2])
    return Finding(
        "overfitting",
        f"The network began to overfit about epoch {epoch:,}: from there on it learns the training points by heart.",
        f"validation loss {number(val[best])} there, {number(val[-1])} at the end, while the training loss fell by "
        f"{fell:.0%}",
        seen.frame_at(epoch),
        "curves",
        seen.again(f"epochs={epoch}"),
    )


def waited(seen: Seen) -> Finding | None:
    if seen.task.kind != "classification" or len(seen.epoch) == 0:
        return None
    accuracy, share = seen.history["val_acc"], seen.largest_class
    # With equal classes an accuracy of one half is not an answer that is the same everywhere.
    flat = np.abs(accuracy - share) < 1e-9
    if share == 0.5 or not flat[0] or accuracy[-1] < share + 0.01:
        return None
    until, larger = int(seen.epoch[flat.argmin() - 1]), int(seen.task.val.y.mean() > 0.5)
    if until < 0.05 * seen.reached:
        return None
    return Finding(
        "waited",
        f"Until epoch {until:,} it answered class {larger} everywhere; then it began to learn.",
        f"validation accuracy {number(share)}, the share of that class, until then; {number(accuracy[-1])} at the end",
        seen.frame_at(until),
        "curves",
        None,
    )


def still_falling(seen: Seen) -> Finding | None:
    if seen.fall is None or seen.fall < 0.05 or seen.is_solved:
        return None
    folder = short(seen.run.folder)
    more = [] if seen.status == "interrupted" else [f"epochs={2 * seen.config.epochs}"]
    return Finding(
        "still falling",
        "The loss was still falling when the training ended.",
        f"by {seen.fall:.0%} over the last tenth of the rows; training loss {number(seen.train_loss[-1])}",
        len(seen.frames) - 1,
        "curves",
        shlex.join(["python", "-m", "train", f"resume={folder}", *more]),
    )


def settled(seen: Seen) -> Finding | None:
    if seen.fall is None or abs(seen.fall) >= 0.01 or rate_too_low(seen):
        return None
    tenth = seen.train_loss[-max(1, len(seen.train_loss) // 10) :]
    level, spread = tenth.mean(), max(0.05 * tenth.mean(), 2 * tenth.std())
    near = np.append(np.abs(seen.train_loss[:-1] - level) <= spread, True)
    since = int(seen.epoch[seen.since(near)])
    evidence = f"training loss about {number(level)} since epoch {since:,}; guessing costs {number(seen.guess)}"
    if seen.is_solved or seen.last < 0.5 * seen.guess:
        return Finding("settled", "The training has converged.", evidence, seen.frame_at(since), "curves", None)
    sentence = "The loss is on a plateau: it no longer falls, and is not low."
    return Finding("settled", sentence, evidence, seen.frame_at(since), "curves", _remedy(seen))


Rule = Callable[[Seen], Finding | None]
RULES: list[Rule] = [
    diverged, not_separable, layer_off, rate_too_high, rate_too_low, twins, no_better_than_guessing, dead_units,
    saturated, overfitting, waited, still_falling, settled,
]  # fmt: skip
CAUSES: list[Rule] = [diverged, layer_off, twins]

# -- what several rules ask -------------------------------------------------------------------------------------------


def _is_guessing(seen: Seen) -> bool:
    return bool(seen.last >= 0.98 * seen.guess)


def _remedy(seen: Seen) -> str | None:
    """What to try where the loss stays high: the command of the first rule that knows why, or a likely one."""
    causes = (rule(seen) for rule in (not_separable, layer_off, rate_too_high, rate_too_low, twins))
    known = next((cause.command for cause in causes if cause is not None), None)
    is_hopeful = len(seen.layers) > 1 and (_is_guessing(seen) or len(seen.task.train) <= FEW_POINTS)
    if known is not None or not is_hopeful:
        return known
    # Where the slopes of tanh and sigmoid are flat, longer steps get out; a ReLU in a bad place stays there.
    return seen.begun_otherwise() if activation_of(seen.task) == "relu" else seen.with_rate(10)


def _with_hidden_layer(seen: Seen) -> str:
    if len(seen.layers) == 1:
        return seen.again("model=mlp", "model.hidden=4")
    return seen.again("model.activation=relu")


def _verdict(seen: Seen) -> str:
    if seen.status == "diverged":
        return f"Diverged in epoch {int(seen.run.summary['epochs']) + 1:,}."
    started = {
        "interrupted": f"Interrupted after epoch {seen.reached:,} of {seen.config.epochs:,}. ",
        "failed": f"Failed after epoch {seen.reached:,}. ",
        "running": f"Still running, after epoch {seen.reached:,} of {seen.config.epochs:,}. ",
    }.get(seen.status, "")
    if seen.is_solved:
        outcome = "Learned it"
    elif _is_guessing(seen):
        outcome = "Learned nothing: no better than guessing"
    elif seen.task.kind == "classification" and seen.quality <= seen.largest_class + 1e-9:
        outcome = "Learned little: one class everywhere gets as many right"
    else:
        outcome = "Learned part of it"
    trend = _trend(seen)
    return f"{started}{outcome}{'; ' + trend if trend else ''}."


def _trend(seen: Seen) -> str:
    if seen.fall is None:
        return ""
    if seen.fall >= 0.05:
        return "the loss still falls slowly" if seen.fall < 0.2 else "the loss still falls"
    if seen.fall >= 0.01:
        return "the loss has nearly settled"
    if rate_too_low(seen):
        return "the loss falls too slowly"
    return "the loss has settled" if seen.fall > -0.01 else "the loss moves up and down"
