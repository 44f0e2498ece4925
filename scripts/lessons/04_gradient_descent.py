# %% [markdown]
# # 4. Gradient descent: small steps downhill
#
# For each number in a graph, we can find the direction in which the loss grows. To reduce the loss, go the other way.
# This lesson takes one such step, then many, and then asks how large a step should be.
#
# It runs for about two seconds. You need lessons 1 to 3.

# %%
from exercises.gradient_descent import one_step, two_rates, walk_of_a_weight
from figures.descent import descent_figure, plane_descent_figure, rates_figure
from show import show
from tell import tell

from backprop_lab.autograd import Value, zero_grad

tell()

# %% [markdown]
# ## One step
#
# The graph of lesson 2 once more: $L = (a + b) \cdot d$ at $a = 5$, $b = 3$, $d = 10$, where $L = 80$. Every leaf moves
# against its gradient:
#
# $$a \leftarrow a - \text{lr} \cdot \frac{dL}{da}$$
#
# and likewise for $b$ and $d$. The factor lr is the **learning rate**. We choose it; here it is 0.01. `c` is not
# updated: it follows from `a` and `b`.


# %%
tell()


def forward(a, b, d):
    return (a + b) * d


def step(leaves, lr):
    for leaf in leaves:
        leaf.data -= lr * leaf.grad


leaves = a, b, d = Value(5.0, label="a"), Value(3.0, label="b"), Value(10.0, label="d")
L = forward(a, b, d)
print(f"before the step: L = {L.data:g}")
L.backward()
step(leaves, lr=0.01)
print(f"a = {a.data:g}, b = {b.data:g}, d = {d.data:g}")
print(f"after the step: L = {forward(a, b, d).data:g}")

# %% [markdown]
# The loss went down, and we can predict by how much: each number moves by lr times its gradient, and $L$ changes by the
# gradient times that. In total this is lr times the sum of the squared gradients.

# %%
squares = sum(leaf.grad**2 for leaf in leaves)
print(f"expected change: {-0.01 * squares:.3f}, real change: {forward(a, b, d).data - L.data:.3f}")

# %% [markdown]
# Nearly the same, but not quite, because the gradient itself changes on the way. A gradient describes only the current
# point. This is why steps have to be small.
#
# ## Many steps
#
# Start again, with lr = 0.05. Each iteration does four things: **forward**, set the gradients to **zero**,
# **backward**, **step**. Every training loop in this project consists of these four, and so does nearly every other
# one.

# %%
tell()
leaves = a, b, d = Value(5.0), Value(3.0), Value(10.0)
losses, places = [], []
for _ in range(21):
    L = forward(a, b, d)
    losses.append(L.data)
    places.append((a.data + b.data, d.data))
    zero_grad(leaves)
    L.backward()
    step(leaves, lr=0.05)
for number, loss in enumerate(losses[:11]):
    print(f"  after {number:>2} steps L = {loss:.2f}")

# %% [markdown]
# The loss falls from 80 to 0.34. But look at the last line: it passes through zero as if nothing were there. And indeed
# nothing is:

# %%
print(f"after {len(losses) - 1} steps: L = {losses[-1]:.2f}, c = {places[-1][0]:.2f}, d = {places[-1][1]:.2f}")
show(plane_descent_figure(lambda c, d: c * d, places, names=("c", "d"), value="L"), "04_no_minimum")

# %% [markdown]
# **This loss has no minimum.** It is a product, and with one factor positive and the other negative it falls without
# limit. Beyond zero the steps even grow, because the gradients do. Gradient descent does not aim at zero. It has no
# target at all, only a direction: down from here. Stopping at the first negative value would be our decision, not the
# method's.
#
# There is one place where all gradients are zero, $c = 0$ and $d = 0$. It is not a minimum either: from there, the loss
# falls in two directions and rises in two others. Such a point is called a **saddle point**.
#
# So this loss is good for practising the step, but not for learning. A useful loss has a minimum. Squared errors do: no
# square is below zero.
#
# ## A loss with a minimum
#
# The smallest model again, with one weight: $\text{loss} = (w x - y)^2$ for $x = 1$, $y = 2$. Its minimum is at
# $w = 2$, where the prediction is right. We start at $w = 0$ and try four learning rates, ten steps each.


# %%
tell()


def loss_of(w):
    return (w * 1 - 2) ** 2


def descend(lr, steps=10, start=0.0):
    w = Value(start, label="w")
    walk = [w.data]
    for _ in range(steps):
        loss = loss_of(w)
        zero_grad([w])
        loss.backward()
        step([w], lr)
        walk.append(w.data)
    return walk


walks = {
    f"lr = {lr}: {said}": descend(lr)
    for lr, said in ((0.03, "too small"), (0.3, "good"), (0.95, "too large"), (1.03, "diverges"))
}
for name, walk in walks.items():
    print(f"{name:<22} w = {', '.join(f'{w:.2f}' for w in walk[:5])}, ... {walk[-1]:.2f}")
show(descent_figure(loss_of, walks), "04_learning_rates")

# %% [markdown]
# - **Too small**: the right direction, but it takes far too many steps.
# - **Good**: large steps where the curve is steep, small ones near the minimum. They shrink by themselves, because the
#   gradient does. There is no need to lower the learning rate for that.
# - **Too large**: each step overshoots the minimum, but ends a little closer to it.
# - **Diverges**: each step ends farther away than it began. There the curve is steeper, so the next step is larger.
#
# ## Where divergence begins
#
# Here it can be computed exactly. The gradient is $2(w - 2)$, so one step changes the distance from the minimum,
# $w - 2$, to
#
# $$w - 2 - \text{lr} \cdot 2 (w - 2) = (1 - 2\,\text{lr}) \cdot (w - 2)$$
#
# Each step multiplies the distance by the same factor, $1 - 2\,\text{lr}$.

# %%
tell()
print("   lr  factor  distance after 10 steps")
for lr in (0.03, 0.3, 0.5, 0.95, 1.0, 1.03):
    print(f" {lr:4.2f}  {1 - 2 * lr:6.2f}  {abs(descend(lr)[-1] - 2):.6f}")

# %% [markdown]
# With a factor between $-1$ and $1$ the distance shrinks. At lr = 0.5 the factor is 0: one step reaches the minimum. At
# lr = 1 it is $-1$: back and forth between the same two points, for ever. Above 1 the walk diverges.
#
# The 2 in the factor is the second derivative of the loss: how fast its slope changes. For any loss of one weight, call
# it $k$ at the minimum. Near there, the best learning rate is $1 / k$, and above $2 / k$ the walk diverges. A narrow
# valley needs small steps.

# %%
rates = [0.01 * i for i in range(1, 121)]
final = [loss_of(descend(lr)[-1]) for lr in rates]
show(rates_figure(rates, final, start=loss_of(0.0), steps=10, diverges=1.0), "04_loss_by_learning_rate")

# %% [markdown]
# Most trainings give such a curve: too slow on the left, good over a wide range, and a wall on the right. A network has
# many weights, and its loss is steep in some and flat in others. One learning rate has to serve all of them, and the
# steepest direction decides where the wall is. This is seldom known in advance, so we try learning rates, each several
# times larger than the last. Lesson 8 does that on the circle.
#
# ## Exercises
#
# **1.** One step by hand: $L = (a + b) \cdot d$ at $a = 2$, $b = 1$, $d = 4$ with lr = 0.1. What are the three numbers
# after the step, and what is $L$ there?

# %%
tell()
answer = {"a": ..., "b": ..., "d": ..., "L": ...}
print("exercise 1:", end=" ")
one_step.check(answer)

# %% [markdown]
# **2.** The loss $(w x - y)^2$ with $x = 3$, $y = 2$. Which learning rate reaches the minimum in one step? Above which
# one does the walk diverge? Write fractions, such as `1 / 7`.

# %%
answer = {"lr that arrives in one step": ..., "lr above which it diverges": ...}
print("exercise 2:", end=" ")
two_rates.check(answer)

# %% [markdown]
# **3.** Write gradient descent on $\text{loss} = (w - 2)^2$: the weight after a number of steps. The checker tries
# several starts and learning rates.


# %%
def answer(w, lr, steps):
    return ...


print("exercise 3:", end=" ")
walk_of_a_weight.check(answer)

# %% [markdown]
# Next: [5. Linear regression](05_linear_regression.py), where the same steps fit a line to data.
