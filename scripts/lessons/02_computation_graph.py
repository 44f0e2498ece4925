# %% [markdown]
# # 2. Computation graphs: numbers that remember where they came from
#
# Nudging finds every derivative, but it has a price: each nudge computes everything anew. A network with a million
# weights would need a million computations for one gradient. This lesson does better. It keeps a record of one
# computation, the computation graph, and reads all derivatives off it with one rule, the chain rule.
#
# It runs for about a second. You need lesson 1.

# %%
from exercises.computation_graph import another_point, another_shape, squared_error_slopes
from figures.chain import chain_figure
from show import show
from tell import tell

from backprop_lab.autograd import Value, graph
from backprop_lab.autograd.derivative import partial

tell()

# %% [markdown]
# ## A number with a memory
#
# Python forgets: after `c = 5 + 3` nothing shows that the 8 came from a 5 and a 3. A class of our own can remember.
# Python calls `__add__` for `+` and `__mul__` for `*`, and there we record the operands.


# %%
tell()


class Number:
    def __init__(self, data, parents=(), operation=""):
        self.data = data
        self.parents = parents
        self.operation = operation

    def __add__(self, other):
        return Number(self.data + other.data, (self, other), "+")

    def __mul__(self, other):
        return Number(self.data * other.data, (self, other), "*")


eight = Number(5) + Number(3)
print(f"{eight.data} = {eight.parents[0].data} {eight.operation} {eight.parents[1].data}")

# %% [markdown]
# The project's `Value` is this class with more operations, a label for drawings, and a place for the derivative,
# `grad`.
#
# ## The graph
#
# Take $c = a + b$ and $L = c \cdot d$, with $a = 5$, $b = 3$ and $d = 10$. Think of $L$ as a loss: the one number that
# training tries to reduce.

# %%
tell()
a, b, d = Value(5, label="a"), Value(3, label="b"), Value(10, label="d")
c = a + b
c.label = "c"
L = c * d
L.label = "L"
print(f"c = {c.data}, made by {c.operation} from {' and '.join(parent.label for parent in c.parents)}")
print(f"L = {L.data}, made by {L.operation} from {' and '.join(parent.label for parent in L.parents)}")
show(graph.svg(L), "02_graph_before")

# %% [markdown]
# Each box is a number, each circle an operation. `a`, `b` and `d` have no incoming arrow: we choose their values, like
# those of weights. Such nodes are called **leaves**. `c` and `L` follow from them. Computing the result from the leaves
# is called the **forward pass**.
#
# Every `grad` is still 0. It will hold the derivative of $L$ with respect to the number in its box: how fast $L$
# changes when that number is nudged.
#
# ## What nudging says
#
# First the slow way, so that we know the right result. Nudge each of the four numbers by 1 and leave the others.


# %%
tell()


def forward(da=0, db=0, dc=0, dd=0):
    return (5 + da + 3 + db + dc) * (10 + dd)


print(f"L with a + 1: {forward(da=1)}")
print(f"L with b + 1: {forward(db=1)}")
print(f"L with c + 1: {forward(dc=1)}")
print(f"L with d + 1: {forward(dd=1)}")

# %% [markdown]
# From 80, the result rises by 10, 10, 10 and 8. Here a nudge of 1 gives the derivative exactly, because $L$ is linear
# in each of the four numbers. That took four forward passes. Now the same without any.
#
# ## Local derivatives
#
# Look at one operation at a time, and only at its inputs and its output. Lesson 1 found by nudging:
#
# - A sum passes a nudge on unchanged. For $c = a + b$: $\;\partial c / \partial a = 1$,
#   $\;\partial c / \partial b = 1$.
# - A product multiplies it by the other factor. For $L = c \cdot d$: $\;\partial L / \partial c = d = 10$,
#   $\;\partial L / \partial d = c = 8$.
#
# These are **local derivatives**. An operation needs nothing from the rest of the graph to compute its own. `Value`
# stores them in the forward pass as `slopes`, in the order of the parents.

# %%
tell()
print(f"slopes of c = a + b: {c.slopes}")
print(f"slopes of L = c * d: {L.slopes}")

# %% [markdown]
# ## The chain rule
#
# How does $L$ depend on $a$, which is not one of its parents? Follow the nudge. If `a` moves a little, `c` moves 1
# times as far, and `L` moves 10 times as far as `c`. So `L` moves $1 \cdot 10$ times as far as `a`:
#
# $$\frac{dL}{da} = \frac{dc}{da} \cdot \frac{dL}{dc} = 1 \cdot 10 = 10$$
#
# **Rates along a path multiply.** That is the whole chain rule. Gear ratios multiply in the same way.

# %%
tell()
from_a = [("a", 1), ("c", c.slopes[0]), ("L", L.slopes[0])]
from_d = [("d", 1), ("L", L.slopes[1])]
show(chain_figure([from_a, from_d]), "02_chain_rule")

# %% [markdown]
# ## Backward by hand
#
# Start at the end. The derivative of $L$ with respect to itself is 1. Then go back, against the arrows, and at each
# operation multiply the derivative found so far by the local derivative. This is called the **backward pass**.

# %%
tell()
L.grad = 1.0
c.grad = L.grad * d.data  # L = c * d: the other factor
d.grad = L.grad * c.data
a.grad = c.grad * 1.0  # c = a + b: unchanged
b.grad = c.grad * 1.0
for node in (L, c, d, a, b):
    print(f"dL/d{node.label} = {node.grad:g}")
show(graph.svg(L), "02_graph_after")

# %% [markdown]
# The same 10, 10, 10 and 8, from one forward and one backward pass. `c.grad` was computed once and used twice, for `a`
# and for `b`. In a large graph nearly all work is shared in this way, which is why one backward pass costs about as
# much as one forward pass, however many leaves there are.
#
# The gradients of all three leaves are positive: to reduce $L$, make each leaf smaller. Lesson 4 does that.
#
# ## The same for a loss
#
# The smallest model there is multiplies its input by one weight. For the input $x = 1$ it should predict $y = 2$; its
# weight is $w = 1$. The loss is the squared error. Give each intermediate result a name:
#
# $$p = w \cdot x \qquad e = p - y \qquad \text{loss} = e^2$$

# %%
tell()
x, y, w = Value(1, label="x"), Value(2, label="y"), Value(1, label="w")
p = w * x
p.label = "p"
e = p - y
e.label = "e"
loss = e**2
loss.label = "loss"
print(f"prediction {p.data}, error {e.data}, loss {loss.data:g}")

# %% [markdown]
# Three operations, so three local derivatives. The power rule gives the first: the derivative of $e^2$ is $2e$.

# %%
loss.grad = 1.0
e.grad = loss.grad * 2 * e.data
p.grad = e.grad * 1.0
w.grad = p.grad * x.data
print(f"dloss/de = {e.grad:g}, dloss/dp = {p.grad:g}, dloss/dw = {w.grad:g}")
print(f"by nudging: dloss/dw = {partial(lambda w: (w * 1 - 2) ** 2, [1], 0):.4f}")
from_w = [("w", 1), ("p", p.slopes[0]), ("e", e.slopes[0]), ("loss", loss.slopes[0])]
show(chain_figure([from_w]), "02_chain_of_a_loss")

# %% [markdown]
# The gradient is negative: a larger weight makes the loss smaller. That is right: $w = 2$ would be perfect.
#
# The picture is exact only for a small nudge. The loss is curved: a whole step of 1 would not reduce it by 2, but from
# 1 to 0. Lesson 1 showed this with secants and the tangent.
#
# ## Exercises
#
# **1.** Again $c = a + b$ and $L = c \cdot d$, now at $a = 2$, $b = -6$, $d = -3$. Do the forward pass and the backward
# pass on paper.

# %%
tell()
answer = {"c": ..., "L": ..., "dL/dc": ..., "dL/dd": ..., "dL/da": ..., "dL/db": ...}
print("exercise 1:", end=" ")
another_point.check(answer)

# %% [markdown]
# **2.** Another graph: $e = a \cdot b$, then $s = e + c$, then $L = s \cdot d$, at $a = 3$, $b = -2$, $c = 4$, $d = 5$.
# Draw it first: a box for each number, a circle for each operation.

# %%
answer = {"L": ..., "dL/ds": ..., "dL/dd": ..., "dL/de": ..., "dL/dc": ..., "dL/da": ..., "dL/db": ...}
print("exercise 2:", end=" ")
another_shape.check(answer)

# %% [markdown]
# **3.** The derivatives of $\text{loss} = (w x - y)^2$ for any $w$, $x$ and $y$. Write them with the chain rule,
# without nudging. The checker tries several values.


# %%
def answer(w, x, y):
    return {"dloss/dw": ..., "dloss/dx": ..., "dloss/dy": ...}


print("exercise 3:", end=" ")
squared_error_slopes.check(answer)

# %% [markdown]
# Next: [3. Backpropagation](03_backpropagation.py), where a program does the backward pass for us, and two things can
# go wrong.
