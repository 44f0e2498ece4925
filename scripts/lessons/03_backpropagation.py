# %% [markdown]
# # 3. Backpropagation: a program that walks back
#
# In lesson 2 we did the backward pass by hand. Here a program of eleven lines does it for any graph. Two details look
# harmless but are not: gradients are added, and nodes are visited in a certain order. We will break both and see what
# happens.
#
# It runs for a few seconds. You need lessons 1 and 2, and loops and functions in Python.

# %%
import inspect

from exercises.backpropagation import local_derivatives, orders, two_ways
from figures.messages import Walk, messages_figure
from show import show
from tell import tell

from backprop_lab.autograd import Value, graph, zero_grad
from backprop_lab.autograd.derivative import check_network, rate_of_change
from backprop_lab.autograd.nn import MLP

tell()

# %% [markdown]
# ## Eleven lines
#
# By hand we did three things. We set the gradient of the result to 1. We went from node to node, against the arrows.
# And at each node we sent each parent the product from the chain rule: the gradient of the node times the local
# derivative.
#
# The second function does that. The first one finds the order: it appends a node to the list only after all its
# parents. Read backwards, this list begins with the result and ends with the leaves.


# %%
tell()


def collect(node, ordered):
    if node not in ordered:
        for parent in node.parents:
            collect(parent, ordered)
        ordered.append(node)
    return ordered


def backward(result):
    result.grad = 1.0
    for node in reversed(collect(result, [])):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad += node.grad * slope


# %% [markdown]
# This is **backpropagation**, all of it. On the graph of lesson 2:


# %%
def graph_of_lesson_2():
    a, b, d = Value(5, label="a"), Value(3, label="b"), Value(10, label="d")
    c = a + b
    c.label = "c"
    L = c * d
    L.label = "L"
    return a, b, c, d, L


a, b, c, d, L = graph_of_lesson_2()
print("order:", " ".join(node.label for node in reversed(collect(L, []))))
backward(L)
for node in (a, b, c, d):
    print(f"dL/d{node.label} = {node.grad:g}")

# %% [markdown]
# And on the loss $(w x - y)^2$ at $x = 1$, $y = 2$, $w = 1$, whose gradient we know to be $-2$:

# %%
w = Value(1, label="w")
backward((w * 1 - 2) ** 2)
print(f"dloss/dw = {w.grad:g}")

# %% [markdown]
# The project's `Value.backward()` does the same, with two improvements that follow below.
#
# ## Why gradients add
#
# The smallest graph in which something can go wrong is $b = a + a$, then $c = b + b$. So $c = 4a$, with the derivative
# $dc/da = 4$. Nudging at $a = 3$ gives:

# %%
tell()
print(f"dc/db by nudging: {rate_of_change(lambda b: b + b, 6, 1):g}")
print(f"dc/da by nudging: {rate_of_change(lambda a: (a + a) + (a + a), 3, 1):g}")

# %% [markdown]
# `a` enters the sum twice, so a nudge reaches `b` on two paths. Each path contributes 1, together 2.
#
# **Rates along a path multiply. Rates of different paths add.** This is why the engine uses `+=`. What if we write `=`?
# Each engine below records its messages in `sent`, for the picture.


# %%
def small_graph():
    a = Value(3, label="a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    return a, b, c


def right(result, sent):
    result.grad = 1.0
    for node in reversed(collect(result, [])):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad += node.grad * slope
            sent.append((node.label, parent.label, f"+{node.grad * slope:g}"))


def overwriting(result, sent):
    result.grad = 1.0
    for node in reversed(collect(result, [])):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad = node.grad * slope
            sent.append((node.label, parent.label, f"={node.grad * slope:g}"))


walks = []


def watch(engine, title):
    sent = []
    a, b, c = small_graph()
    engine(c, sent)
    print(f"{title}: dc/db = {b.grad:g}, dc/da = {a.grad:g}")
    walks.append(Walk(title, sent, {"a": a.grad, "b": b.grad, "c": c.grad}))


watch(right, "adds, in the right order")
watch(overwriting, "overwrites")

# %% [markdown]
# The second message overwrites the first. In $L = (a + b) \cdot d$ nobody would notice, because each number is used
# only once. In a network each unit feeds all units of the next layer, and nearly every gradient would be wrong.
#
# ## Why the order matters
#
# Adding is not enough. It also matters when a node passes its gradient on. Suppose we are impatient: a node passes its
# gradient on as soon as it gets its first message, and never again.


# %%
tell()


def too_early(result, sent):
    result.grad = 1.0
    visit_early(result, {result}, sent)


def visit_early(node, visited, sent):
    for parent, slope in zip(node.parents, node.slopes, strict=True):
        parent.grad += node.grad * slope
        sent.append((node.label, parent.label, f"+{node.grad * slope:g}"))
        if parent not in visited:
            visited.add(parent)
            visit_early(parent, visited, sent)


watch(too_early, "passes on too early")

# %% [markdown]
# `b` gets 1 and passes it on at once. The second message reaches `b`, but never `a`. So let a node pass its gradient on
# after every message:


# %%
def every_time(result, sent):
    result.grad = 1.0
    visit_every_time(result, sent)


def visit_every_time(node, sent):
    for parent, slope in zip(node.parents, node.slopes, strict=True):
        parent.grad += node.grad * slope
        sent.append((node.label, parent.label, f"+{node.grad * slope:g}"))
        visit_every_time(parent, sent)


watch(every_time, "passes on every time")
show(messages_figure(["a", "b", "c"], walks, right=walks[0].gradients), "03_order_and_adding")

# %% [markdown]
# Now the first message counts twice: `b` sends 1 to `a`, and later 2, which includes that 1.
#
# The rule that works: **a node passes its gradient on once, after all its messages have arrived.** They come from the
# nodes computed from it, so all of these must be visited first. The list of `collect`, read backwards, guarantees this.
# Such an order is called **topological**.
#
# ## What the order is worth
#
# The last engine could also be fixed by passing on only the new part. But then it would follow each path from the
# result to a leaf separately. Double a number 30 times, and count the paths.

# %%
tell()
doubled = start = Value(1.0, label="start")
for _ in range(30):
    doubled = doubled + doubled
doubled.backward()
arrows = sum(len(node.parents) for node in doubled.ancestors())
print(f"30 doublings: {2**30:,} paths from the result to the start, {arrows} arrows; gradient {start.grad:,.0f}")

# %% [markdown]
# In a topological order each arrow is used once. The sum over a billion paths takes 60 additions. This is why training
# a deep network is possible at all.
#
# `collect` has one weakness. It calls itself for each step of a path, and Python stops after about a thousand nested
# calls. A sum over a thousand points is deeper than that. `Value.ancestors()` gives the same order with a list instead
# of recursion. That is the first of the two improvements.

# %%
total = first = Value(1.0)
for _ in range(5000):
    total = total + 1.0
try:
    collect(total, [])
except RecursionError as error:
    print(f"collect: {error}")
total.backward()
print(f"Value.backward: a sum of {len(total.ancestors()) // 2 + 1} numbers, gradient of the first {first.grad:g}")

# %% [markdown]
# ## Calling it twice
#
# Gradients also add over two calls. Training needs that: the gradient of a sum of losses is the sum of their gradients.
# But our eleven lines get it wrong.

# %%
tell()
a, b, c, d, L = graph_of_lesson_2()
backward(L)
backward(L)
print(f"eleven lines, called twice: dL/da = {a.grad:g}, dL/dd = {d.grad:g}")

# %% [markdown]
# 16 is twice 8, but 30 is not twice 10. At the second call `c.grad` still holds 10 from the first. It becomes 20, and
# all of it is passed on. `Value.backward()` keeps the gradients of this call apart from earlier ones. That is the
# second improvement.

# %%
a, b, c, d, L = graph_of_lesson_2()
L.backward()
L.backward()
print(f"Value.backward, called twice: dL/da = {a.grad:g}, dL/dd = {d.grad:g}")
zero_grad(L.ancestors())
L.backward()
print(f"after zero_grad: dL/da = {a.grad:g}, dL/db = {b.grad:g}, dL/dd = {d.grad:g}")

# %% [markdown]
# If a training step should not see the gradient of the previous step, set it to zero in between. Forgetting this is one
# of the most common bugs in training code, with any library.
#
# ## A new operation
#
# All that the engine knows about an operation is how to compute it, and its local derivatives. This is all of `tanh`,
# which squashes every number into the range from -1 to 1:

# %%
tell()
print(inspect.getsource(Value.tanh))

# %% [markdown]
# The derivative of $\tanh(x)$ is $1 - \tanh(x)^2$. How can you be sure that such a line is right? By nudging. A
# **gradient check** compares backpropagation with nudging, which works independently. Here it checks `tanh`, and the
# division and power of the first exercise.

# %%
x, y = Value(0.7), Value(-1.2)
for name, f in {
    "tanh(x * y) - x": lambda: (x * y).tanh() - x,
    "(x / y) ** 3 + x": lambda: (x / y) ** 3 + x,
}.items():
    print(f"gradient check of {name}: largest difference {check_network(f, [x, y]):.0e}")

# %% [markdown]
# Nudging is accurate to about ten digits, so with differences this small the two agree. A wrong local derivative would
# give a large difference.
#
# ## A network
#
# Two inputs, two units with `tanh`, one output: nine parameters. Its input is one point of XOR, $(1, 0)$, for which the
# output should be 1. Nothing new is needed. A network is a graph of operations like any other.

# %%
tell()
network = MLP.random([2, 2, 1], activation="tanh", seed=5)


def loss_of_one_point():
    z = network([Value(1, label="x1"), Value(0, label="x2")])
    z.label = "z"
    return (z - Value(1, label="y")) ** 2


loss = loss_of_one_point()
loss.label = "loss"
loss.backward()
show(graph.svg(loss, direction="TB"), "03_network")

# %% [markdown]
# `w121` is the weight in layer 1, to unit 2, from input 1. Compare each gradient with the central difference:

# %%
h = 1e-5
print("            data    backward     nudged")
for parameter in network.parameters():
    data = parameter.data
    parameter.data = data + h
    above = loss_of_one_point().data
    parameter.data = data - h
    below = loss_of_one_point().data
    parameter.data = data
    print(f"  {parameter.label:<5} {data:>9.4f}  {parameter.grad:>10.6f} {(above - below) / (2 * h):>10.6f}")
print(f"gradient check: largest difference {check_network(loss_of_one_point, network.parameters()):.0e}")

# %% [markdown]
# Nudging needed 18 forward passes for 9 gradients. Backpropagation needed one forward and one backward pass. The
# network of lesson 8 has 33 parameters, and large ones have 100,000,000,000. It is still one backward pass.
#
# Look at `w112` and `w122`. Their gradient is 0, because they multiply the input $x_2 = 0$. From this point the network
# can learn nothing about them. It needs other points too.
#
# ## Exercises
#
# **1.** The local derivatives of division and power, at any $a$ and $b$. For the power, $b$ is a constant.


# %%
tell()


def answer(a, b):
    return {"d(a / b)/da": ..., "d(a / b)/db": ..., "d(a ** b)/da": ...}


print("exercise 1:", end=" ")
local_derivatives.check(answer)

# %% [markdown]
# **2.** $b = a \cdot a$ and $c = a \cdot b$, at $a = 3$. Three messages reach `a`: one from `c`, and two from `b`,
# which count together here.

# %%
answer = {"dc/db": ..., "from c to a": ..., "from b to a": ..., "dc/da": ...}
print("exercise 2:", end=" ")
two_ways.check(answer)

# %% [markdown]
# **3.** $p = a \cdot b$, $\;q = p + a$, $\;r = p \cdot b$, $\;L = q \cdot r$. In which orders may these four nodes pass
# their gradients on? `True` if all gradients come out right, `False` if not. Draw the graph first.

# %%
answer = {"L q r p": ..., "L r q p": ..., "L q p r": ..., "q L r p": ...}
print("exercise 3:", end=" ")
orders.check(answer)

# %% [markdown]
# ## And the library?
#
# PyTorch, which the later lessons use, applies the same idea to whole arrays of numbers. It has a graph, local
# derivatives, a topological order, and gradients that add until they are set to zero.

# %%
tell()
import torch

a, b, d = (torch.tensor(number, requires_grad=True) for number in (5.0, 3.0, 10.0))
L = (a + b) * d
L.backward()
print(f"torch: dL/da = {a.grad:g}, dL/db = {b.grad:g}, dL/dd = {d.grad:g}")

# %% [markdown]
# Next: [4. Gradient descent](04_gradient_descent.py), where the gradients are put to use.
