# %% [markdown]
# # 1. Derivatives: what changes when you nudge a number
#
# A network learns by asking one question again and again: if I change this weight a little, does the loss go up or
# down, and how fast? The answer is a derivative. This lesson finds derivatives without any rule of calculus: change a
# number and look at what happens.
#
# Run it with `python scripts/lessons/01_derivatives.py`, or open it as a notebook and run it cell by cell. Change the
# numbers and run it again: you cannot break anything.
#
# It runs for about two seconds. You need to know what a function and its graph are.

# %%
from exercises.derivatives import derivative_of_a_cubic, partials, two_legs
from figures.derivative import legs_figure, quotient_error_figure, secants_figure
from show import show
from tell import tell

from backprop_lab.autograd.derivative import partial, rate_of_change

tell()

# %% [markdown]
# ## A function, and a nudge
#
# Take $f(x) = x^2$ at $x = 3$, and shift $x$ by some $h$.


# %%
tell()


def f(x):
    return x**2


x = 3
print("f(x + h) at x = 3")
for h in (10, 1, 0.1, 0):
    print(f"  h = {h:<4} f(x + h) = {f(x + h):g}")

# %% [markdown]
# ## The rate of change
#
# A shift of $h$ along the x axis makes a shift of $f(x + h) - f(x)$ along the y axis. These are the two legs of a
# triangle. Their ratio is the slope of the line between the two points:
#
# $$\frac{\Delta y}{\Delta x} = \frac{f(x + h) - f(x)}{h}$$

# %%
tell()
cases = [(3, 1), (3, 0.5), (1, 1), (-2, 0.5)]
print("rate of change of x^2")
for x, h in cases:
    print(f"  x = {x:<2} h = {h:<3} Δy = {f(x + h) - f(x):<5g} Δy / Δx = {rate_of_change(f, x, h):g}")
show(legs_figure(f, cases), "01_two_legs")

# %% [markdown]
# Note two things. The rate depends on $x$: at $x = -2$ the curve falls, so the rate is negative. And even at a fixed
# $x = 3$ it depends on $h$: 7 for $h = 1$, 6.5 for $h = 0.5$.
#
# ## The limit
#
# Let $h$ shrink. The line through the two points, the secant, turns into the line that just touches the curve, the
# tangent. The slope of the tangent is the **derivative** of $f$ at $x$.

# %%
tell()
for h in (1, 0.5, 0.1, 0.01, 1e-6):
    print(f"  h = {h:<6g} rate at x = 3: {rate_of_change(f, 3, h):.6f}")
show(secants_figure(f, slope=6, x=3, steps=[2, 1, 0.5]), "01_secant_to_tangent")

# %% [markdown]
# The rates approach 6. The derivative is itself a function: it gives a slope for every $x$. For $x^2$ it is $2x$.
#
# ## How small may h be?
#
# On paper $h$ goes to zero. On a computer it must not become too small. Two errors pull in opposite directions:
#
# - The secant is not yet the tangent. For $x^2$ the rate is $2x + h$, so this error is $h$ and shrinks with it.
# - A computer stores about 16 digits. $f(x + h)$ and $f(x)$ are nearly equal, so their difference keeps only the digits
#   in which they differ. The rounding error is about $10^{-16} f(x)$, and dividing it by a tiny $h$ makes it large.
#
# The total error is smallest near $h = 10^{-8}$, where both are about equal. With the central difference,
# $(f(x + h) - f(x - h)) / 2h$, the first error shrinks with $h^2$. So the best $h$ is larger, near $10^{-5}$, and the
# result has about three more correct digits. This project checks gradients with central differences.

# %%
tell()
print("error of the rate of x^3 at x = 1, whose derivative is 3")
for h in (1e-2, 1e-5, 1e-8, 1e-11, 1e-14):
    print(f"  h = {h:<6g} error {abs(rate_of_change(lambda x: x**3, 1, h) - 3):.1e}")
show(quotient_error_figure(lambda x: x**3, slope=3, x=1), "01_how_small_may_h_be")

# %% [markdown]
# ## Several variables: partial derivatives
#
# A loss depends on many weights. The derivative for one of them, with all others held fixed, is a **partial
# derivative**. All partial derivatives together are the **gradient**.
#
# A sum passes a nudge on unchanged, whatever the numbers are. A product multiplies it by the other factor.
# Backpropagation uses both facts at every step.

# %%
tell()
print("x + y")
for x, y in ((2, 3), (-20, 300), (3, 10)):
    slopes = [partial(lambda x, y: x + y, [x, y], index) for index in (0, 1)]
    print(f"  at ({x}, {y}): df/dx = {slopes[0]:.4f}, df/dy = {slopes[1]:.4f}")
print("x * y")
for x, y in ((2, 3), (-20, 3), (10, 3)):
    print(f"  at ({x}, {y}): df/dx = {partial(lambda x, y: x * y, [x, y], 0):.4f}")

# %% [markdown]
# Three variables at once: $f(x, y, z) = x^2 + y^3 - z$ at $(2, 3, 4)$.


# %%
def g(x, y, z):
    return x**2 + y**3 - z


point = [2, 3, 4]
print(f"f(2, 3, 4) = {g(*point)}")
print(f"f(3, 3, 4) = {g(3, 3, 4)}: a whole step in x changes it by {partial(g, point, 0, h=1):g}")
print(f"a step of 0.00001 in x: the rate is {partial(g, point, 0, h=1e-5):.5f}")

# %% [markdown]
# The power rule says $2x = 4$, and nudging agrees. What about $y$ and $z$? That is the second exercise.
#
# ## Exercises
#
# Put your answer in place of each `...` and run the cell. The checker contains no solutions: it nudges, as you could.
#
# **1.** For $f(x) = x^2$, find $\Delta y$ and the rate of change from $x = 1$ with $h = 2$, and from $x = -3$ with
# $h = 1$. Do it on paper first.

# %%
tell()
answer = {
    "dy at x = 1, h = 2": ...,
    "rate at x = 1, h = 2": ...,
    "dy at x = -3, h = 1": ...,
    "rate at x = -3, h = 1": ...,
}
print("exercise 1:", end=" ")
two_legs.check(answer)

# %% [markdown]
# **2.** The partial derivatives of $x^2 + y^3 - z$ with respect to $y$ and $z$ at $(2, 3, 4)$.

# %%
answer = {"df/dy": ..., "df/dz": ...}
print("exercise 2:", end=" ")
partials.check(answer)

# %% [markdown]
# **3.** Write the derivative of $x^3 - 2x$ as a function. The checker tries several values of $x$.


# %%
def answer(x):
    return ...


print("exercise 3:", end=" ")
derivative_of_a_cubic.check(answer)

# %% [markdown]
# Next: [2. Computation graphs](02_computation_graph.py), where a program finds derivatives without nudging.
