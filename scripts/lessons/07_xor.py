# %% [markdown]
# # 7. XOR: what one layer cannot learn, and two can
#
# "One or the other, but not both" is the smallest problem that a single layer cannot learn. This lesson watches it
# fail, finds the reason, adds a layer, and looks at what the new layer does.
#
# It runs for about ten seconds. You need lesson 6.

# %%
import numpy as np
from exercises.xor import constant_answer, one_line_enough, output_layer
from figures.beside import beside_figure
from figures.hidden_units import hidden_units_figure
from figures.one_line import one_line_figure
from show import show
from tell import tell
from training import train

from backprop_lab.figures.decision_boundary import plane

tell()

# %% [markdown]
# ## One layer, 10,000 epochs
#
# Four points, the corners of a square. A single linear layer gives each a **score** $s = w_1 x_1 + w_2 x_2 + b$, and
# the sigmoid turns it into a probability: above one half if the score is positive. The loss is the mean squared error,
# the learning rate 0.1. The command is `python -m train experiment=xor_single_layer engine=by_hand`.

# %%
tell()
single = train("experiment=xor_single_layer", "engine=by_hand")
X, Y = single.task.train.x, single.task.train.y
for epoch, loss in zip(single.epochs, single.column("train_loss"), strict=True):
    if epoch in (100, 1_000, 2_000, 5_000, 10_000):
        print(f"after {epoch:6,} epochs: loss {loss:.6f}")
for (x1, x2), y, p in zip(X, Y, single.predict(X), strict=True):
    print(f"  x = ({x1:g}, {x2:g}), class {y:g}: prediction {p:.4f}")

# %% [markdown]
# The loss ends at 0.25 and every prediction at 0.5: the network has learned to be undecided. This is not a matter of
# patience, of the learning rate, or of a bad start. One layer cannot do it.
#
# ## Why: add up the inequalities
#
# To get all four points right, the score has to be negative for (0, 0) and (1, 1), and positive for (0, 1) and (1, 0):
#
# | point | wanted |
# | --- | --- |
# | (0, 0) | $b < 0$ |
# | (1, 1) | $w_1 + w_2 + b < 0$ |
# | (0, 1) | $w_2 + b > 0$ |
# | (1, 0) | $w_1 + b > 0$ |
#
# Add up the first two: $w_1 + w_2 + 2b < 0$. Add up the last two: $w_1 + w_2 + 2b > 0$. The same number would have to
# be negative and positive. No $w_1$, $w_2$ and $b$ can do that.
#
# The picture shows the same. Each class lies on a diagonal. The score is linear, so in the middle of a diagonal it is
# the mean of the scores at the ends. Both diagonals have the same middle.

# %%
tell()
show(one_line_figure(X, Y, np.array([1.0, 1.0]), -0.5), "07_why_one_line_fails")

random = np.random.default_rng(0)
lines = random.normal(0, 3, (100_000, 3))
scores = lines @ np.column_stack([X, np.ones(4)]).T
print(f"100,000 lines at random: at most {((scores > 0) == (Y > 0)).sum(axis=1).max()} of 4 points right")
losses = ((1 / (1 + np.exp(-scores)) - Y) ** 2).mean(axis=1)
print(f"and their lowest loss is {losses.min():.4f}")

# %% [markdown]
# Three of four points are possible, so why did training end at one half everywhere? Because gradient descent minimizes
# the loss, not the number of wrong predictions. None of those lines has a loss below 0.25: a line that gets three
# points right is badly wrong at the fourth. With $w = 0$ and $b = 0$ each prediction is 0.5. For each weight, a point
# of class 1 pulls up and a point of class 0 pulls down, just as strongly: the gradient is zero. Training converges to
# this point and stays there.

# %%
at_rest = np.full(4, 0.5)
flow = 2 * (at_rest - Y) * at_rest * (1 - at_rest) / 4
print(f"what flows back from each point: {', '.join(f'{slope:+.4f}' for slope in flow)}")
print(f"gradient of the two weights and the bias: {flow @ X[:, 0]:g}, {flow @ X[:, 1]:g}, {flow.sum():g}")

# %% [markdown]
# ## Two layers
#
# Now the same points with a hidden layer of 8 tanh units and cross-entropy:
# `python -m train experiment=xor_mlp engine=by_hand`. It takes 2,000 epochs.

# %%
tell()
double = train("experiment=xor_mlp", "engine=by_hand")
print(f"two layers: loss {double.column('val_loss')[-1]:.4f}, predictions", end=" ")
print(", ".join(f"{p:.4f}" for p in double.predict(X)))

# %% [markdown]
# ## Why two layers can
#
# One unit draws one line. So take two hidden units and let the output combine them:
# `python -m train experiment=xor_mlp engine=by_hand model.hidden=2 seed=2`. Training found a solution that you could
# have designed:
#
# - Unit 1 is on unless both inputs are 0. That is OR.
# - Unit 2 is on unless both inputs are 1. That is "not both", NAND.
# - The output needs both on. That is AND.

# %%
tell()
small = train("experiment=xor_mlp", "engine=by_hand", "model.hidden=2", "seed=2")
W1, b1, W2, b2 = (small.state.weights[f"layers.{i}.{kind}"] for i in (0, 1) for kind in ("weight", "bias"))


def hidden(x):
    return np.tanh(x @ W1.T + b1)


for unit in range(2):
    print(f"unit {unit + 1} = tanh({W1[unit, 0]:.2f} x1 {W1[unit, 1]:+.2f} x2 {b1[unit]:+.2f})")
print(f"output = {W2[0, 0]:.2f} unit 1 {W2[0, 1]:+.2f} unit 2 {b2[0]:+.2f}")
for x, h, p in zip(X, hidden(X), small.predict(X), strict=True):
    print(f"  x = ({x[0]:g}, {x[1]:g}): units {h[0]:+.3f}, {h[1]:+.3f}, prediction {p:.4f}")
_, (low, high) = plane(X)
extent = (low[0], high[0], low[1], high[1])
show(hidden_units_figure(hidden, W2[0], b2[0], extent, X, Y), "07_hidden_units")

# %% [markdown]
# The last panel shows why. The hidden layer has bent the plane into a hook. (0, 1) and (1, 0) now lie at its corner,
# where a single straight line cuts them off. **A hidden layer moves the points until a line can separate them.**
#
# Two units are the minimum: one unit is one line again. With so few, training often gets stuck, depending on the
# initial weights. With more units it is likelier that some pair of them starts in a useful place. As a sweep:
#
# `python -m train -m experiment=xor_mlp engine=by_hand epochs=1000 model.hidden=2,4 'seed=range(6)'`

# %%
for width in (2, 4):
    ends = [
        train("experiment=xor_mlp", "engine=by_hand", f"model.hidden={width}", f"seed={seed}", "epochs=1000",
              "log_every_n_epochs=1000").column("val_acc")[-1]
        for seed in range(6)
    ]  # fmt: skip
    print(f"{width} hidden units: XOR learned from {sum(end == 1 for end in ends)} of 6 starts")

# %% [markdown]
# ## Symmetry: units that start equal stay equal
#
# Why are initial weights drawn at random? Try it without. With all weights zero, every hidden value is 0, so the output
# weights get no gradient. The output weights are 0, so nothing flows back to the hidden layer. And the four errors add
# up to zero, so the bias stays too. Nothing ever moves.
#
# With all weights at 0.5 they do move, but every hidden unit sees the same inputs, has the same weights and gets the
# same gradient. Eight units do the work of one, and one unit is one line.

# %%
tell()
zeros = train("experiment=xor_mlp", "engine=by_hand", "model.init=zeros")
moved = max(np.abs(weight).max() for weight in zeros.state.weights.values())
print(f"init zeros: loss {zeros.column('val_loss')[-1]:.4f} after 2,000 epochs; the largest weight is {moved:g}")
equal = train("experiment=xor_mlp", "engine=by_hand", "model.init=0.5")
rows = equal.state.weights["layers.0.weight"]
print(f"init 0.5:   loss {equal.column('val_loss')[-1]:.4f}; ", end="")
print(f"the 8 units differ by {np.abs(rows - rows[0]).max():g}; {equal.column('val_acc')[-1] * 4:g} of 4 right")
print(f"init drawn: loss {double.column('val_loss')[-1]:.4f}")

points, _ = plane(X)
fields = [run.predict(points).reshape(200, 200) for run in (single, equal, double)]
titles = ["One layer", "Two layers, all weights 0.5 at first", "Two layers, weights drawn at random"]
show(beside_figure(fields, titles, extent, X, Y), "07_boundaries")

# %% [markdown]
# ## Exercises
#
# **1.** Which of these can one layer learn? Each lists its values at (0, 0), (0, 1), (1, 0), (1, 1). Answer `True` or
# `False`.

# %%
tell()
answer = {
    "0, 0, 0, 1": ...,  # AND
    "0, 1, 1, 1": ...,  # OR
    "1, 1, 1, 0": ...,  # NAND
    "1, 0, 0, 1": ...,  # both equal
    "0, 1, 0, 1": ...,  # the second input
}
print("exercise 1:", end=" ")
one_line_enough.check(answer)

# %% [markdown]
# **2.** Solve XOR without training. The two hidden units are $h_1 = \mathrm{relu}(x_1 + x_2)$ and
# $h_2 = \mathrm{relu}(x_1 + x_2 - 1)$. Find $v_1$, $v_2$ and $c$ such that $v_1 h_1 + v_2 h_2 + c$ is 0, 1, 1, 0.

# %%
answer = {"v1": ..., "v2": ..., "c": ...}
print("exercise 2:", end=" ")
output_layer.check(answer)

# %% [markdown]
# **3.** A network predicts the same $p$ for all four points. Which $p$ has the lowest mean squared error? How large is
# it, and how large is the cross-entropy there? Compare with the losses above.

# %%
answer = {"p": ..., "mean squared error": ..., "cross-entropy": ...}
print("exercise 3:", end=" ")
constant_answer.check(answer)

# %% [markdown]
# Next: [8. The circle](08_circle.py), where PyTorch Lightning runs the loop.
