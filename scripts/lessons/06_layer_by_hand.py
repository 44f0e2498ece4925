# %% [markdown]
# # 6. A layer by hand
#
# The previous lesson had one weight. A network has layers of weights. This lesson trains a network with one hidden
# layer, using only NumPy. Every training step has the same four parts:
#
# 1. **Forward propagation**: compute the prediction and the loss.
# 2. **Partial derivatives**: how the output of each operation changes with its inputs.
# 3. **Propagating the error back**: the chain rule, from the loss to the first layer.
# 4. **Updating weights and biases**: a small step against the gradient.
#
# First for one point, with every number written out, then for a batch of points at once.
#
# It runs for about five seconds. You need lessons 1 to 5, and the product of two matrices.

# %%
import numpy as np
import torch
from exercises.layer import layer_backward, shapes, slope_of_squared_error
from figures.curves import curves_figure
from figures.loss_slopes import loss_slopes_figure
from figures.network import network_figure
from show import show
from tell import tell

from backprop_lab.autograd.derivative import gradient
from backprop_lab.engines import by_hand
from backprop_lab.options.loss import bce
from backprop_lab.training.chain import Layer

tell()

# %% [markdown]
# ## The network
#
# Two inputs, two hidden units with relu, one output. The output $z_2$ is a **logit**, an unbounded number. The sigmoid
# turns it into $p$, the probability of class 1.
#
# $$z_1 = W_1 x + b_1 \qquad h = \mathrm{relu}(z_1) \qquad z_2 = W_2 h + b_2 \qquad p = \mathrm{sigmoid}(z_2)$$
#
# A row of $W_1$ holds the weights of one hidden unit. So $W_1$ has a row for each output of its layer and a column for
# each input: [outputs, inputs]. torch uses the same layout.

# %%
tell()
W1 = np.array([[0.8, -0.5], [-0.4, 0.9]])
b1 = np.array([0.1, 0.2])
W2 = np.array([[0.6, -0.7]])
b2 = np.array([0.3])

# %% [markdown]
# ## Step 1 for one point: forward propagation
#
# The point is one of the four of XOR: $x = (1, 0)$, which belongs to class 1. The loss is the **binary cross-entropy**:
# $-\log p$ for a point of class 1, and $-\log (1 - p)$ for one of class 0. It is large if the network is confident but
# wrong.


# %%
tell()


def relu(z):
    return np.maximum(z, 0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


x, y = np.array([1.0, 0.0]), 1.0
z1 = W1 @ x + b1
h = relu(z1)
z2 = W2 @ h + b2
p = sigmoid(z2)
loss = -np.log(p[0])
print(f"z1 = W1 x + b1 = [{z1[0]:.4f}, {z1[1]:.4f}]")
print(f"h = relu(z1) = [{h[0]:.4f}, {h[1]:.4f}]: the second unit is off")
print(f"z2 = W2 h + b2 = {z2[0]:.4f}")
print(f"p = sigmoid(z2) = {p[0]:.4f}")
print(f"L = -log p = {loss:.4f}")

# %% [markdown]
# ## Step 2: partial derivatives
#
# Each operation by itself has simple local derivatives:
#
# | operation | local derivatives |
# | --- | --- |
# | $L(z_2)$, sigmoid and cross-entropy together | $dL/dz_2 = p - y$ |
# | $z_2 = W_2 h + b_2$ | $dz_2/dW_2 = h$, $dz_2/db_2 = 1$, $dz_2/dh = W_2$ |
# | $h = \mathrm{relu}(z_1)$ | 1 if $z_1 > 0$, else 0 |
# | $z_1 = W_1 x + b_1$ | $dz_1/dW_1 = x$, $dz_1/db_1 = 1$ |
#
# The first row is the nicest result of this lesson. For class 1, $L = -\log p$ gives $dL/dp = -1/p$, and the sigmoid
# has $dp/dz = p (1 - p)$. The product is $p - 1$. For class 0 it comes out as $p - 0$. So the error that flows back is
# just the prediction minus the target.

# %%
tell()
slope_of_loss = p - y
print(f"dL/dz2 = p - y = {slope_of_loss[0]:z.4f}")
print(f"the same by nudging z2: {gradient(lambda z: -np.log(sigmoid(z)), z2.tolist())[0]:z.4f}")

# %% [markdown]
# ## Step 3: propagating the error back
#
# Multiply on the way back. The $dL/dz$ of a layer gives three things: the gradient of its weights (multiply by its
# input), the gradient of its biases (multiply by 1), and the gradient for the previous layer (multiply by its weights).

# %%
tell()
dz2 = slope_of_loss
dW2 = np.outer(dz2, h)
db2 = dz2
dh = W2.T @ dz2
dz1 = dh * (z1 > 0)
dW1 = np.outer(dz1, x)
db1 = dz1
print(f"dW2 = dz2 * h = [{dW2[0, 0]:z.4f}, {dW2[0, 1]:z.4f}]")
print(f"db2 = dz2 = {db2[0]:z.4f}")
print(f"dh = W2 * dz2 = [{dh[0]:z.4f}, {dh[1]:z.4f}]")
print(f"dz1 = dh * relu' = [{dz1[0]:z.4f}, {dz1[1]:z.4f}]")
print(f"dW1 = dz1 * x = [{dW1[0, 0]:z.4f}, {dW1[0, 1]:z.4f}], [{dW1[1, 0]:z.4f}, {dW1[1, 1]:z.4f}]")
print(f"db1 = dz1 = [{db1[0]:z.4f}, {db1[1]:z.4f}]")

units = [
    [(f"x{i + 1}\n{x[i]:g}", "") for i in range(2)],
    [(f"z {z1[i]:.2f}\nh {h[i]:.2f}", f"dL/dh {dh[i]:z.3f}\ndL/dz {dz1[i]:z.3f}") for i in range(2)],
    [(f"z {z2[0]:.2f}\np {p[0]:.2f}", f"dL/dz {dz2[0]:.3f}")],
]
show(
    network_figure(units, [W1, W2], [dW1, dW2], f"One XOR point: x = (1, 0), class 1, loss {loss:.3f}"), "06_one_point"
)

# %% [markdown]
# The picture shows each weight above its gradient. (A bias has the gradient $dL/dz$ of its unit.)
#
# Some gradients are zero, for two reasons. The second unit is off: its slope is 0, so this point can teach it nothing.
# And $x_2 = 0$: a weight that is multiplied by 0 has no effect on the output. Other points will reach those weights.
#
# ## Step 4: updating weights and biases
#
# One step with learning rate 0.5. Afterwards the same point has a smaller loss.

# %%
tell()
lr = 0.5
moved = [w - lr * dw for w, dw in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2))]
z2_after = moved[2] @ relu(moved[0] @ x + moved[1]) + moved[3]
print(f"W2 after the step = [{moved[2][0, 0]:z.4f}, {moved[2][0, 1]:z.4f}]")
print(f"loss of the point: {loss:z.4f} before, {-np.log(sigmoid(z2_after[0])):z.4f} after")

# %% [markdown]
# ## The same for a batch
#
# Points become the rows of a matrix $X$ of shape [B, inputs]. A layer is then $Z = X W^T + b$: row $i$ of $Z$ belongs
# to point $i$. The loss is the mean over the batch, so each point's error is divided by $B$. After that:
#
# - $dW = dZ^T X$. The product sums over the points: each point adds its $dz \cdot x$.
# - $db$ is the sum of $dZ$ over the points.
# - $dX = dZ\, W$.
#
# There is no need to memorize this. **A gradient has the same shape as its array**, and there is only one product of
# $dZ$ [B, outputs] and $X$ [B, inputs] that has the shape of $W$ [outputs, inputs].


# %%
tell()


def forward(weights, x):
    """All values of the forward pass; x [B, 2], h [B, H], z2 and p [B, 1]."""
    W1, b1, W2, b2 = weights
    z1 = x @ W1.T + b1
    h = relu(z1)
    z2 = h @ W2.T + b2
    return z1, h, z2, sigmoid(z2)


def mean_loss(weights, x, y):
    """Binary cross-entropy from the logit: log(1 + exp(z)) - y z, which never takes the logarithm of 0."""
    z2 = forward(weights, x)[2]
    return (np.logaddexp(0, z2) - y * z2).mean()


def backward(weights, x, y):
    """The gradient of the mean loss for each of the weights."""
    z1, h, _, p = forward(weights, x)
    dz2 = (p - y) / len(x)
    dW2 = dz2.T @ h
    db2 = dz2.sum(axis=0)
    dh = dz2 @ weights[2]
    dz1 = dh * (z1 > 0)
    dW1 = dz1.T @ x
    db1 = dz1.sum(axis=0)
    return [dW1, db1, dW2, db2]


X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
start = [W1, b1, W2, b2]
gradients = backward(start, X, Y)
names = ("W1", "b1", "W2", "b2")
print(f"X {X.shape}, Z1 and H {forward(start, X)[1].shape}, Z2 and P {forward(start, X)[3].shape}")
for name, weight, slope in zip(names, start, gradients, strict=True):
    numbers = ", ".join(f"{number:.4f}" for number in slope.ravel())
    print(f"{name} {weight.shape!s:7} d{name} {slope.shape!s:7} {numbers}")
print(f"mean loss of the four points: {mean_loss(start, X, Y):.4f}")

# %% [markdown]
# ## Is it right?
#
# A wrong gradient does not stop a program. It still trains, only badly. So check it in three ways: by nudging each of
# the nine parameters, with torch, and with this project's engine `by_hand`. Its file is worth reading next:
# `src/backprop_lab/engines/by_hand.py` is this lesson for any number of layers.


# %%
tell()


def unpacked(numbers):
    """Nine numbers in the shapes of the weights."""
    numbers = np.array(numbers)
    return [numbers[:4].reshape(2, 2), numbers[4:6], numbers[6:8].reshape(1, 2), numbers[8:]]


flat = np.concatenate([weight.ravel() for weight in start])
nudged = unpacked(gradient(lambda *numbers: mean_loss(unpacked(numbers), X, Y), flat.tolist()))

tensors = [torch.tensor(weight, requires_grad=True) for weight in start]
hidden = torch.relu(torch.from_numpy(X) @ tensors[0].T + tensors[1])
logits = hidden @ tensors[2].T + tensors[3]
torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(Y)).backward()

layers = [
    Layer("W1", "b1", inputs=2, units=2, activation="relu", dropout=0),
    Layer("W2", "b2", inputs=2, units=1, activation="identity", dropout=0),
]
named = dict(zip(names, start, strict=True))
passed = by_hand.forward(layers, named, X)
engine = by_hand.backward(layers, named, passed, bce.slope(passed.outputs, Y[:, 0]) / len(X))

print("largest difference of our gradient from")
for name, ours, by_nudging, tensor in zip(names, gradients, nudged, tensors, strict=True):
    differences = [np.abs(ours - other).max() for other in (by_nudging, tensor.grad.numpy(), engine[name])]
    print(f"  {name}: nudging {differences[0]:.0e}, torch {differences[1]:.0e}, engine by_hand {differences[2]:.0e}")

# %% [markdown]
# ## Train it
#
# Now repeat the four steps. First the sign of a weight has to change: the second unit starts with the output weight
# -0.7 and needs a positive one. That causes the plateau in the curve.

# %%
tell()
weights, losses = start, []
for epoch in range(1001):
    losses.append(mean_loss(weights, X, Y))
    if epoch in (0, 1, 10, 50, 100, 150, 200, 1000):
        answers = ", ".join(f"{p:.3f}" for p in forward(weights, X)[3][:, 0])
        output_weights = ", ".join(f"{w:z.2f}" for w in weights[2][0])
        print(f"after {epoch:4d} epochs: loss {losses[-1]:.4f}, p = {answers}; W2 = {output_weights}")
    gradients = backward(weights, X, Y)
    weights = [weight - lr * slope for weight, slope in zip(weights, gradients, strict=True)]
curves = {"2-2-1 network, relu": (range(1001), losses)}
show(curves_figure(curves, "mean loss", "Four points of XOR, by hand", log=True), "06_loss")

# %% [markdown]
# ## Another loss, and why it matters
#
# The mean squared error of the probability, $(p - y)^2$, would also work. Only the first derivative changes. By the
# chain rule it is $2 (p - y) \cdot p (1 - p)$. Take a point of class 1 that the network confidently puts into class 0,
# say $z = -6$. Cross-entropy sends back nearly -1. The squared error sends back almost nothing, because the sigmoid is
# flat there: the more wrong the prediction, the less the network learns. That is why classifiers use cross-entropy.

# %%
tell()
print("slope of the loss of a point of class 1")
for z in (-6.0, -2.0, 0.0, 2.0):
    p = sigmoid(z)
    print(f"  z = {z:4.1f}: p = {p:.4f}, cross-entropy {p - 1:.4f}, squared error {2 * (p - 1) * p * (1 - p):.4f}")
z = np.linspace(-8, 8, 161)
p = sigmoid(z)
curves = {
    "cross-entropy": (-np.log(p), p - 1),
    "squared error of the probability": ((p - 1) ** 2, 2 * (p - 1) * p * (1 - p)),
}
show(loss_slopes_figure(z, curves), "06_two_losses")

# %% [markdown]
# ## Exercises
#
# **1.** A batch of 32 points with 3 features goes into a layer of 5 units. What are the shapes of the weight, the
# output Z, and the gradients of weight, bias and input? Write each as a tuple, such as `(2, 3)` or `(4,)`.

# %%
tell()
answer = {"W": ..., "Z": ..., "dW": ..., "db": ..., "dX": ...}
print("exercise 1:", end=" ")
shapes.check(answer)

# %% [markdown]
# **2.** Write the backward pass of one linear layer, $Z = X W^T + b$, for `X` [B, I], `W` [O, I] and `dZ` [B, O].


# %%
def answer(X, W, dZ):
    return {"dW": ..., "db": ..., "dX": ...}


print("exercise 2:", end=" ")
layer_backward.check(answer)

# %% [markdown]
# **3.** A unit with tanh in place of the sigmoid, and the squared error: $L = (\tanh(z) - y)^2$. Write $dL/dz$. The
# slope of $t = \tanh(z)$ is $1 - t^2$.


# %%
def answer(z, y):
    return ...


print("exercise 3:", end=" ")
slope_of_squared_error.check(answer)

# %% [markdown]
# Next: [7. XOR](07_xor.py), which one layer cannot learn, whatever its weights.
