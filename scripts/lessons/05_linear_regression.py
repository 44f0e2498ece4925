# %% [markdown]
# # 5. Linear regression, four times
#
# Four points lie on a line through the origin, and gradient descent should find its slope. This lesson trains the same
# model four times. Each time, a library takes over one more part of the work. The numbers stay the same, so you know
# what each part does.
#
# | rung | prediction | gradient | update |
# | --- | --- | --- | --- |
# | 1 | by hand | by hand | by hand |
# | 2 | by hand | autograd | by hand |
# | 3 | by hand | autograd | optimizer |
# | 4 | linear layer | autograd | optimizer |
#
# It runs for about ten seconds. You need lessons 1 to 4.

# %%
import numpy as np
import torch
from exercises.regression import largest_rate, one_step, two_gradients
from figures.curves import curves_figure
from figures.descent import descent_figure
from figures.slope import slope_figure
from show import show
from tell import tell
from torch import nn
from training import train

from backprop_lab.autograd import Value
from backprop_lab.autograd.derivative import gradient

tell()

# %% [markdown]
# ## One point, on paper
#
# The model is $\hat y = w x$. Take one point, $x = 1$ and $y = 2$, and $w = 1$. The loss is the squared error, in two
# steps: $s = \hat y - y$ and $L = s^2$.
#
# - Forward: $\hat y = 1$, $s = -1$, $L = 1$.
# - Local derivatives: $dL/ds = 2s$, $ds/d\hat y = 1$, $d\hat y/dw = x$.
# - Backward, by the chain rule: $dL/dw = 2s \cdot 1 \cdot x = -2$.
#
# The loss falls when $w$ grows, so $w$ has to grow. Our own engine from the earlier lessons gives the same, and so does
# torch.

# %%
tell()
x, y, w = 1.0, 2.0, 1.0
s = w * x - y
print(f"by hand:  L = {s**2:g}, dL/dw = {2 * s * 1 * x:g}")

w = Value(1.0, label="w")
loss = (w * x - y) ** 2
loss.backward()
print(f"by Value: L = {loss.data:g}, dL/dw = {w.grad:g}")

w = torch.tensor(1.0, requires_grad=True)
loss = (w * x - y) ** 2
loss.backward()
print(f"by torch: L = {loss.item():g}, dL/dw = {w.grad.item():g}")

# %% [markdown]
# ## Rung 1: everything by hand
#
# Four points on $y = 2x$. The loss is the mean of the four squared errors:
#
# $$L(w) = \frac14 \sum_{i=1}^4 (w x_i - y_i)^2 \qquad \frac{dL}{dw} = \frac14 \sum_{i=1}^4 2 x_i (w x_i - y_i)$$
#
# A common mistake is to lose the $\frac14$ in the gradient: the dot product of $2x$ and $\hat y - y$ is already a sum,
# and taking the mean of that one number changes nothing. The result is the gradient of the *sum* of the squared errors,
# while the printed loss is their *mean*. Here are both; nudging shows which one is the gradient of the loss.

# %%
tell()
X = np.array([1, 2, 3, 4], dtype=np.float32)
Y = 2 * X


def mean_squared_error(w, x, y):
    return ((w * x - y) ** 2).mean()


def mean_gradient(w, x, y):
    return (2 * x * (w * x - y)).mean()


def summed_gradient(w, x, y):
    return np.dot(2 * x, w * x - y)


print("at w = 0")
print(f"  nudging the loss gives  {gradient(lambda w: mean_squared_error(w, X.astype(float), Y), [0.0])[0]:.4f}")
print(f"  the mean gradient is    {mean_gradient(0.0, X, Y):g}")
print(f"  the summed gradient is  {summed_gradient(0.0, X, Y):g}")

# %% [markdown]
# The summed gradient is four times too large, because there are four points. It still has the right sign, so training
# works; the steps are just four times as large as the learning rate suggests. The source text of this lesson trains
# this way. Here is its table, with learning rate 0.01 and 20 epochs. (The points are stored in single precision, about
# seven digits. That is why it shows 4.79999924 instead of 4.8.)


# %%
def descend(gradient_of, x, y, lr, epochs, w=0.0):
    """Return w before the first epoch and after each one, and the loss at the start of each epoch."""
    weights, losses = [w], []
    for _ in range(epochs):
        losses.append(mean_squared_error(w, x, y))
        w -= lr * float(gradient_of(w, x, y))
        weights.append(w)
    return weights, losses


summed, losses = descend(summed_gradient, X, Y, lr=0.01, epochs=20)
print("summed gradient, lr 0.01")
print(f"  before training: f(5) = {summed[0] * 5:.3f}")
for epoch in range(1, 21):
    print(f"  epoch {epoch:2d}: w = {summed[epoch]:.3f}, loss = {losses[epoch - 1]:.8f}")
print(f"  after training: f(5) = {summed[-1] * 5:.3f}")

# %% [markdown]
# Now the true gradient of the loss, with learning rate 0.04 instead of 0.01. Four times the rate, a quarter of the
# gradient: the same steps.

# %%
averaged, losses = descend(mean_gradient, X, Y, lr=0.04, epochs=20)
print("mean gradient, lr 0.04")
for epoch in range(1, 6):
    print(f"  epoch {epoch:2d}: w = {averaged[epoch]:.3f}, loss = {losses[epoch - 1]:.8f}")
difference = max(abs(a - b) for a, b in zip(summed, averaged, strict=True))
print(f"  largest difference of w from the table above: {difference:.0e}")
show(slope_figure(X, Y, averaged, 2.0, {0: "start", 1: "1 epoch", 2: "2", 3: "3", 20: "20"}), "05_slope")

# %% [markdown]
# So why not sum? Because a sum grows with the number of points. Repeat every point four times. The line is the same,
# and so is the mean. The sum is four times as large, its steps overshoot the minimum, and each ends farther away than
# the one before: training **diverges**. With a mean, a learning rate that works for 4 points works for 4,000.

# %%
X16, Y16 = np.tile(X, 4), np.tile(Y, 4)
walks = {
    "mean, lr 0.01": descend(mean_gradient, X, Y, lr=0.01, epochs=4)[0],
    "sum, lr 0.01\nthe same as mean, lr 0.04": descend(summed_gradient, X, Y, lr=0.01, epochs=4)[0],
    "sum, lr 0.01,\nevery point four times": descend(summed_gradient, X16, Y16, lr=0.01, epochs=3)[0],
}
for name, numbers in walks.items():
    print(f"{name.replace(chr(10), ' '):40} w = {', '.join(f'{number:.2f}' for number in numbers)}")
show(descent_figure(lambda w: mean_squared_error(w, X, Y), walks), "05_mean_and_sum")

# %% [markdown]
# Note one more thing in the table. The distance of $w$ from 2 is 2, 0.8, 0.32, ... Every step multiplies it by the same
# factor, 0.4. In the right half of the first picture this gives a straight line, down to the last digits of single
# precision. To see why, put $y_i = 2 x_i$ into the update:
#
# $$w - \eta \frac{dL}{dw} - 2 = (w - 2) \left(1 - 2 \eta \cdot \tfrac14 \textstyle\sum x_i^2 \right)$$
#
# With learning rate $\eta = 0.04$ and a mean of $x_i^2$ of 7.5, the factor is $1 - 0.6 = 0.4$. With 0.01 it is 0.85.
#
# ## Rung 2: autograd finds the gradient
#
# From here on torch takes over, one part at a time. This rung trains on $y = x$, with the mean, learning rate 0.01 and
# 100 epochs. Two lines are new, and both are easy to forget:
#
# - `torch.no_grad()` around the update. Otherwise torch would treat the update as part of the function.
# - `w.grad = None` after it. `backward()` *adds* to the existing gradient. That is right inside one graph, if a number
#   is used twice (lesson 3). Between two steps it is wrong.

# %%
tell()
X = torch.tensor([1.0, 2.0, 3.0, 4.0])
Y = X.clone()


def report(epoch, w, loss):
    if epoch % 10 == 1:
        print(f"  epoch {epoch:2d}: w = {w:.3f}, loss = {loss:.8f}")


print("autograd")
w = torch.tensor(0.0, requires_grad=True)
print(f"  before training: f(5) = {w.item() * 5:.3f}")
for epoch in range(1, 101):
    loss = ((w * X - Y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad = None
    report(epoch, w.item(), loss.item())
print(f"  after training: f(5) = {w.item() * 5:.3f}")

# %% [markdown]
# What if the gradient is not cleared? Then every step uses the sum of all gradients so far. $w$ gathers speed,
# overshoots and oscillates without end.


# %%
def weights_of(clears):
    w = torch.tensor(0.0, requires_grad=True)
    weights = [0.0]
    for _ in range(60):
        ((w * X - Y) ** 2).mean().backward()
        with torch.no_grad():
            w -= 0.01 * w.grad
        if clears:
            w.grad = None
        weights.append(w.item())
    return weights


cleared, piled_up = weights_of(clears=True), weights_of(clears=False)
print(f"after 60 epochs: w = {cleared[-1]:.3f} with cleared gradients")
print(f"without, w went up to {max(piled_up):.3f} and, after that, down to {min(piled_up[10:]):.3f}")
curves = {"gradient cleared in each step": cleared, "gradient never cleared": piled_up}
show(
    curves_figure(
        {name: (range(61), weights) for name, weights in curves.items()}, "w", "A forgotten gradient: w never settles"
    ),
    "05_forgotten_gradient",
)

# %% [markdown]
# ## Rung 3: a loss object and an optimizer
#
# The formula of the loss and the update move into objects. `optimizer.step()` does `w -= lr * w.grad`, and
# `zero_grad()` clears the gradient. The table is the same as above.

# %%
tell()
print("loss and optimizer objects")
w = torch.tensor(0.0, requires_grad=True)
print(f"  before training: f(5) = {w.item() * 5:.3f}")
loss_of = nn.MSELoss()
optimizer = torch.optim.SGD([w], lr=0.01)
for epoch in range(1, 101):
    loss = loss_of(w * X, Y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    report(epoch, w.item(), loss.item())
print(f"  after training: f(5) = {w.item() * 5:.3f}")

# %% [markdown]
# ## Rung 4: a linear layer
#
# Last, the model itself. `nn.Linear(1, 1)` maps inputs of shape [4, 1] to predictions of shape [4, 1]. It normally has
# a bias too; here it has none, so that one parameter is left. This time the points are on $y = 2x$ and $w$ starts at 1.
# It is as far from the solution as before, so the errors and the losses are the same, up to the last digit of single
# precision.

# %%
tell()
print("linear layer")
X, Y = X[:, None], 2 * X[:, None]
layer = nn.Linear(1, 1, bias=False)
nn.init.ones_(layer.weight)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.01)
print(f"  x {list(X.shape)}, weight {list(layer.weight.shape)}, answers {list(layer(X).shape)}")
print(f"  before training: f(5) = {layer(torch.tensor([[5.0]])).item():.3f}")
for epoch in range(1, 101):
    loss = loss_of(layer(X), Y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    report(epoch, layer.weight.item(), loss.item())
print(f"  after training: f(5) = {layer(torch.tensor([[5.0]])).item():.3f}")

# %% [markdown]
# ## The same ladder in this project
#
# `python -m train experiment=linear_regression engine=...` trains this with the engine of your choice: `scalar`
# computes with the `Value` of the earlier lessons, `by_hand` with NumPy, `autograd` and `module` like rungs 2 and 4.
# Here they are side by side.

# %%
tell()
ENGINES = ("scalar", "by_hand", "autograd", "module")
runs = {engine: train("experiment=linear_regression", f"engine={engine}") for engine in ENGINES}
rows = {"w": [], "loss": []}
for epoch in (1, 11, 21, 31, 41, 51):
    weights = [run.states[epoch].weights["layers.0.weight"].item() for run in runs.values()]
    losses = [run.column("train_loss")[epoch - 1] for run in runs.values()]
    rows["w"].append(f"  w, epoch {epoch:2d}:    " + "".join(f"{w:12.3f}" for w in weights))
    rows["loss"].append(f"  loss, epoch {epoch:2d}: " + "".join(f"{loss:12.8f}" for loss in losses))
print(" " * 18 + "".join(f"{engine:>12}" for engine in ENGINES))
print("\n".join(rows["w"] + rows["loss"]))
print("  f(5):" + " " * 11 + "".join(f"{run.predict([[5.0]])[0]:12.3f}" for run in runs.values()))

# %% [markdown]
# Four implementations, one table. Only the last digits differ, because Python, NumPy and torch round in different
# places: in double precision by some $10^{-16}$. The other table, with $y = 2x$ from $w = 1$, needs two settings.

# %%
double = [train("experiment=linear_regression", f"engine={engine}", "precision=64") for engine in ENGINES]
weights = [np.array([state.weights["layers.0.weight"].item() for state in run.states]) for run in double]
print(f"largest difference of w over 100 epochs in float64: {max(np.abs(w - weights[0]).max() for w in weights):.0e}")

other = train("experiment=linear_regression", "dataset.slope=2", "model.init=1", "engine=by_hand")
some = [other.states[epoch].weights["layers.0.weight"].item() for epoch in (1, 11, 21, 100)]
print(f"dataset.slope=2 model.init=1: w = {', '.join(f'{w:.3f}' for w in some)}")
print(f"and there f(5) = {other.predict([[5.0]])[0]:.3f}")

# %% [markdown]
# ## Exercises
#
# **1.** On paper: two points, $x = 1, 2$ and $y = 3, 5$, and $w = 1$. Find the two predictions, the mean gradient, the
# summed gradient, and $w$ after one step with the mean gradient and learning rate 0.1.

# %%
tell()
answer = {"prediction 1": ..., "prediction 2": ..., "mean gradient": ..., "summed gradient": ..., "new w": ...}
print("exercise 1:", end=" ")
two_gradients.check(answer)

# %% [markdown]
# **2.** Give the model a bias: $\hat y = w x + b$. Write one step of gradient descent on the mean squared error, in
# NumPy, with `x` and `y` of shape [n]. It returns the new `w` and the new `b`.


# %%
def answer(w, b, x, y, lr):
    return {"w": ..., "b": ...}


print("exercise 2:", end=" ")
one_step.check(answer)

# %% [markdown]
# **3.** For the four points $x = 1, 2, 3, 4$ on $y = 2x$ and the mean gradient: above which learning rate does $w$ move
# away from 2? Think of the factor of each step. Three digits are enough.

# %%
answer = {"learning rate": ...}
print("exercise 3:", end=" ")
largest_rate.check(answer)

# %% [markdown]
# Next: [6. A layer by hand](06_layer_by_hand.py), where one weight becomes a matrix.
