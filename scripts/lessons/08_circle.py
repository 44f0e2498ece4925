# %% [markdown]
# # 8. The circle with Lightning, and what the settings do
#
# So far every training loop was written out. Real projects leave it to a library. This lesson trains the circle with
# PyTorch Lightning and shows that the result is the same as with our own loop. Then it changes what
# everybody changes: the learning rate, the width, the seed and, last, the number of points.
#
# It runs for about half a minute. You need lessons 5 to 7.

# %%
import functools
import logging
import time
import warnings

import numpy as np
import pytorch_lightning as pl
import torch
from exercises.circle import always_outside, counting, loss_and_accuracy
from figures.bands import bands_figure
from figures.curves import curves_figure
from show import show
from tell import tell
from training import task_of, train

from backprop_lab import engines
from backprop_lab.config.types import Choice
from backprop_lab.engines.lightning.points import PointsModule
from backprop_lab.figures.decision_boundary import decision_boundary_figure, plane
from backprop_lab.figures.grid import Cell, grid_figure
from backprop_lab.figures.metric_by_parameter import metric_by_parameter_figure
from backprop_lab.training.first_state import first_state
from backprop_lab.training.networks import network_of

tell()

# %% [markdown]
# ## The problem
#
# 5,000 points on the square from -1 to 1. A point belongs to class 1 if it lies inside the circle of radius 0.5. A
# fifth of the points is held back: the network never trains on them, so they show whether it has learned the circle or
# only the points. Training uses the others, 32 at a time, each once per epoch, for 50 epochs.

# %%
tell()
task = task_of("dataset=circle")
start = first_state(task)
print(f"{len(task.train):,} training points, {len(task.val):,} validation points")
print(f"{task.steps_per_epoch} steps an epoch, {task.epochs * task.steps_per_epoch:,} steps in {task.epochs} epochs")
for name, weight in start.weights.items():
    print(f"  {name:15} {weight.shape!s:7} {weight.size:2} numbers")
print(f"{sum(weight.size for weight in start.weights.values())} parameters in all")

# %% [markdown]
# ## What Lightning needs, and what it does
#
# A `LightningModule` answers three questions: what is the loss of a batch, what to measure on the validation points,
# and which optimizer to use. The `Trainer` does the rest. It asks for the batches, calls `backward()`, `step()` and
# `zero_grad()`, and validates after each epoch.


# %%
tell()


class CircleClassifier(pl.LightningModule):
    def __init__(self, network, lr):
        super().__init__()
        self.network = network
        self.lr = lr

    def training_step(self, batch, batch_idx):
        x, y = batch
        return torch.nn.functional.binary_cross_entropy_with_logits(self.network(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self.network(x)
        self.log("val_loss", torch.nn.functional.binary_cross_entropy_with_logits(logits, y))
        self.log("val_acc", ((logits > 0) == (y > 0.5)).float().mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.network.parameters(), lr=self.lr)


logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)  # its advice is not for networks of this size
network = network_of(task, start)
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", module=r"pytorch_lightning|lightning_fabric")
    trainer = pl.Trainer(
        max_epochs=task.epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(CircleClassifier(network, lr=0.1), datamodule=PointsModule(task))
measured = trainer.callback_metrics
print(
    f"Lightning: {trainer.global_step:,} steps, val_loss {measured['val_loss']:.4f}, val_acc {measured['val_acc']:.3f}"
)

# %% [markdown]
# ## Is it the same as our own loop?
#
# `engine=module` is the loop of lesson 5, rung 4. With the same points in the same order and the same initial weights,
# every weight has the same bits after 6,250 steps. `python -m train dataset=circle` does this with Lightning, and
# leaves a folder with the numbers and pictures.

# %%
tell()
ours = train("dataset=circle", "engine=module")
same = all(
    np.array_equal(weight.detach().numpy(), ours.state.weights[name]) for name, weight in network.named_parameters()
)
print(f"engine=module: val_acc {ours.column('val_acc')[-1]:.3f}; all weights have the same bits: {same}")

points, (low, high) = plane(np.concatenate([task.train.x, task.val.x]))
side, extent = round(len(points) ** 0.5), (low[0], high[0], low[1], high[1])
title = f"Validation accuracy {ours.column('val_acc')[-1]:.3f} after {ours.state.epoch} epochs"
sets = ((task.train.x, task.train.y), (task.val.x, task.val.y))
field = ours.predict(points).reshape(side, side)
show(decision_boundary_figure(field, extent, *sets, title, "probability of class 1"), "08_boundary")

# %% [markdown]
# ## The film of a training
#
# The boundary is a polygon, because a relu network is piecewise linear. At first the network says "outside" everywhere,
# because four of five points are. The middle grows lighter until it passes one half and a boundary appears. Then its
# edges move into place and get sharper.


# %%
tell()


def cell(runs, title, states=(None,)):
    """One panel: the mean prediction of some runs, and the boundary of each, where it is one half."""
    points, corners = plane(runs[0].task.train.x, side=64)
    answers = np.stack([run.predict(points, state) for run in runs for state in states])
    reached = np.mean([run.column("val_acc")[state.epoch - 1 if state else -1] for run in runs for state in states])
    train_points = runs[0].task.train
    return Cell(answers, points, corners, (train_points.x, train_points.y), title, f"val_acc {reached:.3f}")


shown = [1, 5, 10, 15, 20, 50]
for epoch in shown:
    print(f"  epoch {epoch:2d}: val_loss {ours.column('val_loss')[epoch - 1]:.4f}, "
          f"val_acc {ours.column('val_acc')[epoch - 1]:.3f}")  # fmt: skip
film = [cell([ours], f"epoch {epoch}", states=[ours.states[epoch]]) for epoch in shown]
show(grid_figure([film], [], []), "08_film")

# %% [markdown]
# Note the number 0.796. It is the share of validation points outside the circle: the accuracy of saying "outside" to
# everything. An accuracy means nothing without this baseline.
#
# ## Learning rate
#
# For sweeps we use `engine=kernel`. It gives the same numbers, up to rounding, in far less time; the end of this lesson
# says how. On the command line the whole sweep is
#
# `python -m train -m engine=kernel optimizer.lr=0.001,0.01,0.1,1,10`
#
# and leaves a table and the pictures in one folder.


# %%
tell()


@functools.cache
def circle(hidden=8, lr=0.1, seed=0):
    return train("engine=kernel", f"model.hidden={hidden}", f"optimizer.lr={lr}", f"seed={seed}")


rates = (0.001, 0.01, 0.1, 1, 10)
by_rate = {lr: circle(lr=lr) for lr in rates}
for lr, run in by_rate.items():
    print(f"  lr {lr:<5g} val_acc {run.column('val_acc')[-1]:.3f}, train_loss {run.column('train_loss')[-1]:.4f}")
show(
    grid_figure([[cell([run], "") for run in by_rate.values()]], [], [f"lr {lr:g}" for lr in rates]), "08_learning_rate"
)
curves = {f"lr {lr:g}": (run.epochs, run.column("train_loss")) for lr, run in by_rate.items()}
show(curves_figure(curves, "training loss", "Too small, good, too large", log=True), "08_learning_rate_curves")

# %% [markdown]
# At 0.001 and 0.01 the loss falls, but 50 epochs are too few. At 0.1 and at 1 they are enough. The curve for 1 is the
# lowest, and it is noisy: every step uses only 32 points, and a large step follows their random deviations. At 10 the
# steps are so large that they destroy what earlier steps learned.
#
# ## Width
#
# How many hidden units does a circle need? Each relu unit bends the plane along one line.
#
# `python -m train -m engine=kernel model.hidden=2,4,8 'seed=range(3)'`

# %%
tell()
widths = (2, 4, 8)
by_width = {hidden: [circle(hidden=hidden, seed=seed) for seed in range(3)] for hidden in widths}
for hidden, runs in by_width.items():
    ends = ", ".join(f"{run.column('val_acc')[-1]:.3f}" for run in runs)
    parameters = sum(weight.size for weight in runs[0].state.weights.values())
    print(f"  {hidden} units, {parameters:2} parameters: val_acc {ends}")
row = [cell(runs, "") for runs in by_width.values()]
show(grid_figure([row], [], [f"{hidden} hidden units" for hidden in widths]), "08_width")
swept = [(hidden, seed) for hidden in widths for seed in range(3)]
parameters = {"model.hidden": [hidden for hidden, _ in swept], "seed": [seed for _, seed in swept]}
accuracies = [circle(hidden=hidden, seed=seed).column("val_acc")[-1] for hidden, seed in swept]
show(metric_by_parameter_figure(parameters, {"val_acc": accuracies}), "08_width_accuracy")

# %% [markdown]
# Two lines cannot enclose anything. Four can, but did so from only one of three starts. Eight did from all three: if
# some units start badly, the others do the work. In the picture each seed has its own line; pale colours show where the
# three disagree.
#
# ## Seed
#
# The seed determines the points, their order and the initial weights. With four units, it decides whether the network
# learns the circle:
#
# `python -m train -m engine=kernel model.hidden=4 'seed=range(6)'`

# %%
tell()
by_seed = [circle(hidden=4, seed=seed) for seed in range(6)]
ends = [run.column("val_acc")[-1] for run in by_seed]
for seed, (run, end) in enumerate(zip(by_seed, ends, strict=True)):
    print(f"  seed {seed}: val_acc {end:.3f}, share of points outside {np.mean(run.task.val.y == 0):.3f}")
print(f"learned from {sum(end > 0.9 for end in ends)} of 6 starts")
cells = [cell([run], f"seed {seed}") for seed, run in enumerate(by_seed)]
show(grid_figure([cells[:3], cells[3:]], [], []), "08_seed")

# %% [markdown]
# The picture shows what went wrong. The units that still work have formed a band, two parallel lines, instead of a
# ring. Inside the band nearly half of the points belong to the circle, so the probability stays just below one half,
# and the accuracy is that of saying "outside" to everything.
#
# So one run proves little. To compare two settings, train several seeds of each, and look at all of them, not only the
# best.
#
# ## How many points?
#
# The source text of this lesson credits two things: a simple rule, and large amounts of data. So far only the rule was
# varied. Now the network stays the same, with 16 units, and only the number of training points changes: 20, 100, 1,000
# and 5,000, each with five seeds. Every step uses all of them, so that all take the same 300 steps. Four times as many
# points are held back to judge by.

# %%
tell()
SEEDS = range(5)
SETTINGS = (
    "engine=by_hand", "model.hidden=16", "optimizer=adam", "optimizer.lr=0.05", "epochs=300", "log_every_n_epochs=10",
    "dataset.batch_size=null", "dataset.val_fraction=0.8",
)  # fmt: skip
by_points = {
    n: [train(*SETTINGS, f"dataset.n_samples={5 * n}", f"seed={seed}") for seed in SEEDS] for n in (20, 100, 1000, 5000)
}


def each(runs, metric):
    """A metric of each run, [seeds, rows]."""
    return np.array([run.column(metric) for run in runs])


for n, runs in by_points.items():
    train_acc, val_acc = (np.median(each(runs, name)[:, -1]) for name in ("train_acc", "val_acc"))
    val_loss = np.median(each(runs, "val_loss"), axis=0)
    print(
        f"  {n:5,} points: train_acc {train_acc:.3f}, val_acc {val_acc:.3f}, val_loss {val_loss[-1]:.3f}, "
        f"lowest {val_loss.min():.3f} at epoch {runs[0].epochs[val_loss.argmin()]}"
    )
over_epochs = {f"{n:,} points": (runs[0].epochs, each(runs, "val_loss")) for n, runs in by_points.items()}
over_points = {
    name: (list(by_points), np.stack([each(runs, metric)[:, -1] for runs in by_points.values()], axis=1))
    for name, metric in (("training", "train_acc"), ("validation", "val_acc"))
}
show(bands_figure(over_epochs, over_points), "08_how_many_points")

# %% [markdown]
# The numbers are medians of the five seeds; the bands in the picture hold all five. With 20 points every one of them is
# right in the end, yet about one in eight new points is wrong, and the validation loss rises after some dozen steps:
# the network goes on fitting a line between these 20 points, and grows ever surer of it. This is **overfitting**. With
# 5,000 points there is hardly a difference between training and validation, and no rise. Nothing else has changed.
#
# The rule that learns is simple: guess, compare, follow the gradient a little downhill, repeat. What it learns depends
# on what it sees. A sweep with more numbers of points, and 50 seeds of each, is
#
# `python -m train experiment=how_many_points`
#
# ## The slowest rung, compiled
#
# Lightning is for large networks. For one as small as this, a step is 33 numbers and 32 points, and nearly all of its
# time goes into getting there: Python, calls, bookkeeping. The chain rule that you wrote number by number in lessons 2
# and 3, and layer by layer in lesson 6, needs none of that. `engine=kernel` has the formulas of lesson 6 compiled by
# Numba, and sixteen trainings share each instruction of the processor, one in each place of a vector.

# %%
tell()
small = task_of("dataset=circle", "dataset.n_samples=200", "epochs=10", "precision=64")
begin = first_state(small)
ended = {}
for engine in ("scalar", "by_hand", "module", "kernel"):
    fit = engines.load(Choice("engine", engine, {}))
    if engine == "kernel":
        fit(small, begin, lambda end: None)  # compiled, or loaded, the first time
    began = time.perf_counter()
    ended[engine] = fit(small, begin, lambda end: None)
    micros = 1e6 * (time.perf_counter() - began) / ended[engine].step
    away = max(np.abs(ended[engine].weights[name] - weight).max() for name, weight in ended["scalar"].weights.items())
    print(f"{engine:7} {micros:9,.0f} µs a step, weights within {away:.0e} of those of scalar")

# %% [markdown]
# The slowest rung and the fastest one compute the same numbers. That is why a sweep with `hydra/launcher=batched`
# trains a thousand such networks in little more than the time of one: `docs/sweeps.md`.
#
# ## Exercises
#
# **1.** Count before the program does. How many parameters does a network with 16 hidden units (`model.hidden=16`)
# have, and one with two hidden layers of 8 (`model.hidden=[8,8]`)? How many steps does an epoch take with
# `dataset.batch_size=100`, and the whole training of 50 epochs?

# %%
tell()
answer = {
    "parameters, hidden=16": ...,
    "parameters, hidden=[8,8]": ...,
    "steps an epoch, batch_size=100": ...,
    "steps in all, batch_size=100": ...,
}
print("exercise 1:", end=" ")
counting.check(answer)

# %% [markdown]
# **2.** What share of the square lies inside the circle of radius 0.5? And how large must the radius be for a network
# that always says "outside" to be right half of the time?

# %%
answer = {"share inside": ..., "radius": ...}
print("exercise 2:", end=" ")
always_outside.check(answer)

# %% [markdown]
# **3.** Write mean loss (binary cross-entropy) and accuracy in NumPy, from logits [n] and classes [n]. At which logit
# does the prediction change from class 0 to class 1?


# %%
def answer(logits, y):
    return {"loss": ..., "accuracy": ...}


print("exercise 3:", end=" ")
loss_and_accuracy.check(answer)

# %% [markdown]
# This was the last lesson. From here: `python -m train --help` lists every setting, the [README](../../README.md) shows
# the files of a run, and `src/backprop_lab/engines/` contains all engines.
