"""The training of sixteen members, epoch by epoch: the innermost loops of a batched sweep, compiled.

Axes: P parameters, S + 1 parts (the parameters, then the optimizer's slots for each), R numbers of a row.
"""

from typing import Any, NamedTuple

import numpy as np

from backprop_lab.engines.kernel.lanes import (
    LANES,
    compiled,
    double,
    inlined,
    load,
    number,
    prefetch,
    put,
    splat,
    store,
)
from backprop_lab.engines.kernel.network import MASKED, TILE, UNITS, WEIGHT, backward, passes
from backprop_lab.engines.kernel.orders import WORDS, drop, shuffled
from backprop_lab.options.arithmetic import absolute, below
from backprop_lab.options.optimizer import clip_factor

TRAIN_LOSS, TRAIN_METRIC, VAL_LOSS, VAL_METRIC, PENALTY = range(5)
ROW = 5
"""Numbers of a row: sums over points of loss and of what the metric is made from, and the penalty."""


STRIP = 32
"""Points that are fetched together."""


class Kinds(NamedTuple):
    """Which formula of each group the members have, by its number in the program."""

    loss: int
    optimizer: int
    penalty: int
    is_classification: bool


class Points(NamedTuple):
    """Points of all members one after the other: members with the same ones have the same place in them."""

    rows: np.ndarray  # [points, features + 1], the inputs and the target of each
    places: np.ndarray  # [LANES], the first point of each member
    n: int  # of each member


class Randomness(NamedTuple):
    """States of generators, [epochs, LANES, WORDS], and who shuffles."""

    orders: np.ndarray
    masks: np.ndarray
    shuffles: np.ndarray  # [LANES] bool


class Numbers(NamedTuple):
    """The numbers of the formulas, each member's own."""

    coefficients: np.ndarray  # [steps or 1, K, LANES], of the optimizers
    loss: np.ndarray  # [K, LANES]
    penalty: np.ndarray  # [K, LANES]
    cost: np.ndarray  # the same in double precision
    shares: np.ndarray  # [layers] of dropout, float64
    limits: np.ndarray  # [LANES] float64, of the norm of the gradients; empty if there are none
    undecided: float


class Memory(NamedTuple):
    """What a step needs: values, slopes and gradients."""

    v: np.ndarray  # [units, TILE, LANES]
    s: np.ndarray
    d: np.ndarray
    y: np.ndarray  # [TILE, LANES]
    strip: np.ndarray  # [features + 1, STRIP, LANES], inputs and targets
    gradients: np.ndarray  # [P, LANES]
    masks: np.ndarray  # [.., LANES]
    order: np.ndarray  # [LANES, n] uint32
    sums: np.ndarray  # [R, LANES] float64, of a row
    choice: np.ndarray  # [1, LANES]: 1 for the members that are meant
    factors: np.ndarray  # [1, LANES] float64, of the gradients
    scale: np.ndarray  # the same in the precision of the gradients


class Members(NamedTuple):
    """What changes: the States of the members, and what is kept of them, each [S + 1, P, LANES]."""

    state: np.ndarray
    before: np.ndarray  # at the beginning of the epoch
    last: np.ndarray  # of those whose training has ended: the last finite one
    best: np.ndarray
    alive: np.ndarray  # [LANES] bool
    ended: np.ndarray  # [LANES], the last epoch of those whose training has ended
    best_loss: np.ndarray  # [LANES] float64
    best_epoch: np.ndarray  # [LANES]
    losses: np.ndarray  # [LANES] float64, of the last epoch, summed over its points
    rows: np.ndarray  # [rows, R, LANES] float64, of one call
    frames: np.ndarray  # [frames, S + 1, P, LANES]


@compiled
def copied(target: Any, source: Any) -> None:
    for k in range(source.size // LANES):
        store(target, k, load(source, k))


@compiled
def is_any(flags: Any) -> Any:
    found = False
    for flag in flags:
        found = found or flag
    return found


@compiled
def chosen(target: Any, source: Any, choice: Any) -> None:
    """Copy ``source`` for the members whose ``choice`` is 1."""
    choose = load(choice, 0)
    for k in range(source.size // LANES):
        store(target, k, below(0.0, choose, load(source, k), load(target, k)))


@compiled
def gather(rows: Any, places: Any, order: Any, n: Any, first: Any, real: Any, strip: Any) -> None:
    """Write the ``real`` points from ``first`` on, in each member's ``order`` if there is one, into ``strip``.

    One member after the other, whose own points fill the fastest cache and the few pages that it knows.
    """
    width, is_ordered = len(strip), order.size > 0
    for lane in range(LANES):
        begin, own = number(places, lane), lane * n + first
        for t in range(real):
            point = first + t
            if is_ordered:
                point = np.int64(number(order, own + t))
                if first + t + STRIP < n:  # a point of the next strip
                    prefetch(rows, (begin + np.int64(number(order, own + t + STRIP))) * width)
            place, at = (begin + point) * width, t * LANES + lane
            if width == 3:  # two inputs, as most data sets have: the loop takes longer than what it does
                a, b, c = number(rows, place), number(rows, place + 1), number(rows, place + 2)
                put(strip, at, a)
                put(strip, at + STRIP * LANES, b)
                put(strip, at + 2 * STRIP * LANES, c)
            else:
                for f in range(width):
                    put(strip, at + f * STRIP * LANES, number(rows, place + f))


@compiled
def take(strip: Any, first: Any, v: Any, y: Any) -> None:
    """Copy four points of a strip, from ``first`` on, into ``v`` and ``y``.

    Behind its last point are earlier ones, or zeros: they are finite, and their slopes will be 0.
    """
    features = len(strip) - 1
    for f in range(features):
        for t in range(TILE):
            store(v, f * TILE + t, load(strip, f * STRIP + first + t))
    for t in range(TILE):
        store(y, t, load(strip, features * STRIP + first + t))


@compiled
def mask(layers: Any, shares: Any, states: Any, e: Any, masks: Any, points: Any) -> None:
    """Draw the dropout factors of a step, layer after layer."""
    for k in range(len(layers)):
        if layers[k, MASKED] >= 0:
            for lane in range(LANES):
                count, first = points * layers[k, UNITS], points * layers[k, MASKED] * LANES + lane
                drop(states, (e * LANES + lane) * WORDS, masks, first, count, shares[k])


_factor = compiled(clip_factor)


@compiled
def clip(limits: Any, g: Any, factors: Any, scale: Any) -> None:
    """Scale the gradients of the members whose norm exceeds their limit."""
    if len(limits) == 0:
        return
    squares = splat(0.0, load(limits, 0))
    for q in range(len(g)):
        gradient = double(load(g, q))
        squares += gradient * gradient
    store(factors, 0, _factor(squares, load(limits, 0)))
    for lane in range(LANES):
        scale[0, lane] = factors[0, lane]
    factor = load(scale, 0)
    for q in range(len(g)):
        store(g, q, load(g, q) * factor)


@compiled
def part_with_diverged(members: Any, sums: Any, choice: Any, epoch: Any) -> None:
    """Keep the State at the end of ``epoch`` of the members whose metrics or weights are no longer finite."""
    check = splat(0.0, load(members.state, 0))
    for p in range(members.state.shape[1]):
        check += load(members.state, p) * 0.0  # NaN, if it is not finite
    store(choice, 0, check)
    has_diverged = False
    for lane in range(LANES):
        total = choice[0, lane] * 1.0
        for r in range(ROW):
            total += sums[r, lane] * 0.0
        diverged = members.alive[lane] and total != 0.0
        choice[0, lane] = 1.0 if diverged else 0.0
        if diverged:
            has_diverged = True
            members.alive[lane] = False
            members.ended[lane] = epoch
    if has_diverged:
        chosen(members.last, members.before, choice)


@compiled
def keep_best(members: Any, sums: Any, points: Any, choice: Any, epoch: Any) -> None:
    """Keep the States of the members with a new minimum of the validation loss."""
    has_better = False
    for lane in range(LANES):
        loss = sums[VAL_LOSS, lane] / points
        better = members.alive[lane] and loss < members.best_loss[lane]
        choice[0, lane] = 1.0 if better else 0.0
        if better:
            has_better = True
            members.best_loss[lane] = loss
            members.best_epoch[lane] = epoch
    if has_better:
        chosen(members.best, members.state, choice)


def training(
    activate: Any, activate_with_slopes: Any, lost: Any, parted: Any, closed: Any, derived: Any, penal: Any, moved: Any
) -> Any:
    """``train`` with the formulas of a program, each of which takes the number of an option first."""
    predict, forward = passes(activate, activate_with_slopes)

    @compiled
    def measure(
        kind: Any, is_classification: Any, knobs: Any, undecided: Any, v: Any, targets: Any, d: Any, real: Any,
        share: Any, sums: Any, row: Any,
    ) -> None:  # fmt: skip
        """Add losses and metric of four points to ``sums`` from ``row`` on, and write the slopes of the loss."""
        out = (len(v) - 1) * TILE
        total = splat(0.0, load(targets, 0))
        metric = double(total)
        for t in range(TILE):
            z, y = load(v, out + t), load(targets, t)
            loss, slope = lost(kind, z, y, knobs)
            if t < real:
                total += loss
                if is_classification:
                    # By the sign of the output. Those that rounding would decide are wrong.
                    metric += double(below(undecided, (2.0 * y - 1.0) * z, 1.0, 0.0))
                else:
                    away = double(y) - double(z)
                    metric += away * away
            store(d, out + t, slope * share if t < real else splat(0.0, slope))
        store(sums, row, load(sums, row) + double(total))
        store(sums, row + 1, load(sums, row + 1) + metric)

    @compiled
    def measure_classes(
        kind: Any, classes: Any, knobs: Any, undecided: Any, v: Any, targets: Any, d: Any, real: Any, share: Any,
        sums: Any, row: Any,
    ) -> None:  # fmt: skip
        """``measure`` for a network with an output for each class; without slopes if ``share`` is 0."""
        out = (len(v) - classes) * TILE
        losses = splat(0.0, load(targets, 0))
        metric = double(losses)
        for t in range(real):
            y = load(targets, t)
            own, rival, total = splat(0.0, y), splat(-np.inf, y), splat(0.0, y)
            for o in range(classes):
                z, away = load(v, out + o * TILE + t), absolute(y - o)
                own = below(away, 0.5, z, own)
                rival = below(away, 0.5, rival, below(rival, z, z, rival))
            for o in range(classes):
                at = out + o * TILE + t
                part = parted(kind, load(v, at), below(absolute(y - o), 0.5, 1.0, 0.0), own, rival, knobs)
                store(d, at, part)
                total += part
            losses += closed(kind, total, own, rival, knobs)
            # By the largest output. Those that rounding would decide are wrong.
            metric += double(below(undecided, own - rival, 1.0, 0.0))
            if share > 0.0:
                for o in range(classes):
                    at, is_own = out + o * TILE + t, below(absolute(y - o), 0.5, 1.0, 0.0)
                    store(d, at, share * derived(kind, load(d, at), total, is_own, own, rival, knobs))
        for t in range(real, TILE):
            for o in range(classes):
                store(d, out + o * TILE + t, splat(0.0, losses))
        store(sums, row, load(sums, row) + double(losses))
        store(sums, row + 1, load(sums, row + 1) + metric)

    @compiled
    def penalize(layers: Any, kind: Any, numbers: Any, w: Any, g: Any) -> None:
        """Add the slopes of the penalty, which covers weights but not biases."""
        if kind >= 0:
            for k in range(len(layers)):
                for q in range(layers[k, WEIGHT], layers[k, WEIGHT] + layers[k, 0] * layers[k, UNITS]):
                    store(g, q, load(g, q) + penal(kind, load(w, q), numbers)[1])

    @compiled
    def cost(layers: Any, kind: Any, numbers: Any, w: Any, sums: Any) -> None:
        """The penalty, in double precision."""
        if kind >= 0:
            total = splat(0.0, load(sums, PENALTY))
            for k in range(len(layers)):
                for q in range(layers[k, WEIGHT], layers[k, WEIGHT] + layers[k, 0] * layers[k, UNITS]):
                    total += penal(kind, double(load(w, q)), numbers)[0]
            store(sums, PENALTY, total)

    @inlined
    def train(
        layers: Any, kinds: Any, batch: Any, train: Any, val: Any, random: Any, numbers: Any, memory: Any, members: Any,
        first: Any, logged: Any, recorded: Any,
    ) -> None:  # fmt: skip
        """Train the epochs after ``first``: as many as ``logged`` and ``recorded`` have entries.

        These are the row and the frame that each epoch fills, or -1.
        """
        n, n_val = train.n, val.n
        rows, places, val_rows, val_places = train.rows, train.places, val.rows, val.places
        orders, masks_of, shuffles = random.orders, random.masks, random.shuffles
        coefficients, loss, penalty = numbers.coefficients, numbers.loss, numbers.penalty
        shares, limits, undecided, kind, is_classification = (
            numbers.shares,
            numbers.limits,
            numbers.undecided,
            kinds.loss,
            kinds.is_classification,
        )
        outputs = layers[len(layers) - 1, UNITS]
        v, s, d, targets, g = memory.v, memory.s, memory.d, memory.y, memory.gradients
        masks, order, unordered, strip = memory.masks, memory.order, memory.order[:0], memory.strip
        state = members.state
        sums, choice = memory.sums, memory.choice
        step = row = np.int64(0)  # not constants, for each of which what they are handed to is compiled
        for e in range(len(logged)):
            if not is_any(members.alive):
                return
            copied(members.before, state)
            for lane in range(LANES):
                if shuffles[lane]:
                    shuffled(orders, (e * LANES + lane) * WORDS, order, lane * n, n)
            sums[:] = 0.0
            for start in range(0, n, batch):
                points = min(batch, n - start)
                share = 1.0 / points
                mask(layers, shares, masks_of, e, masks, points)
                for j in range(0, points, TILE):
                    real = min(TILE, points - j)
                    if j % STRIP == 0:
                        gather(rows, places, order, n, start + j, min(STRIP, points - j), strip)
                    take(strip, j % STRIP, v, targets)
                    forward(layers, state, v, s, masks, points, j)
                    if outputs == 1:
                        measure(kind, is_classification, loss, undecided, v, targets, d, real, share, sums, row)
                    else:
                        measure_classes(kind, outputs, loss, undecided, v, targets, d, real, share, sums, row)
                    backward(layers, state, v, s, d, g)
                penalize(layers, kinds.penalty, penalty, state, g)
                clip(limits, g, memory.factors, memory.scale)
                moved(kinds.optimizer, state, g, coefficients, step)
                step += len(coefficients) > 1
            if logged[e] >= 0:
                for j in range(0, n_val, TILE):
                    real = min(TILE, n_val - j)
                    if j % STRIP == 0:
                        gather(val_rows, val_places, unordered, n_val, j, min(STRIP, n_val - j), strip)
                    take(strip, j % STRIP, v, targets)
                    predict(layers, state, v)
                    at = row + VAL_LOSS
                    if outputs == 1:
                        measure(kind, is_classification, loss, undecided, v, targets, d, real, 0.0, sums, at)
                    else:
                        measure_classes(kind, outputs, loss, undecided, v, targets, d, real, 0.0, sums, at)
                cost(layers, kinds.penalty, numbers.cost, state, sums)
            store(members.losses, 0, load(sums, TRAIN_LOSS))
            part_with_diverged(members, sums, choice, first + e)
            if logged[e] >= 0:
                for r in range(ROW):
                    store(members.rows, logged[e] * ROW + r, load(sums, r))
                keep_best(members, sums, n_val, choice, first + e + 1)
            if recorded[e] >= 0:
                copied(members.frames[recorded[e]], state)

    return train
