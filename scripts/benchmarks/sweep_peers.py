"""The alternatives to a batched sweep of circles: each trains the given number of members for 50 epochs.

Every member has its own points, initial weights and point orders, as in one of our sweeps.
"""

import functools
import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.peers import BATCH_SIZE, EPOCHS, LEARNING_RATE

C_SOURCE = Path(__file__).with_name("circle.c")
C_FLAGS = ("-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O3", "-march=native")
TRAIN, VAL, HIDDEN = 4000, 1000, 8


def circle_kernel(members: int) -> dict[str, Any]:
    """The kernel without Hydra and without folders: points, orders, steps and validation, a thread a core."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    from backprop_lab.sweep.batch import blocks
    from backprop_lab.sweep.plan import BLOCK, cores

    def trained(first: int) -> list[float]:
        tasks = [_circle(seed, EPOCHS) for seed in range(first, min(first + BLOCK, members))]
        histories = blocks.fit(tasks, (), lambda steps: None)
        return [history.rows[EPOCHS]["val_acc"] for history in histories]

    blocks.fit([_circle(0, 1)], (), lambda steps: None)  # loads the program
    began = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        accuracies = [accuracy for block in pool.map(trained, range(0, members, BLOCK)) for accuracy in block]
    return {"fit_seconds": time.perf_counter() - began, "metrics": {"val_acc": float(np.mean(accuracies))}}


def _circle(seed: int, epochs: int) -> Any:
    """The task of a circle."""
    from backprop_lab.training.split import points_of
    from backprop_lab.training.task import build_task

    config = replace(_configuration(), seed=seed, epochs=epochs)
    return build_task(config, *points_of(config))


@functools.cache
def _configuration() -> Any:
    from hydra import compose, initialize_config_dir

    from backprop_lab.config.check import check
    from backprop_lab.options.discovery import CONFIGS
    from hydra_plugins.lab.interpolation import resolved

    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return check(resolved(compose("train", ["dataset=circle", "model.hidden=8"])))


def kernel_late(epochs: int) -> dict[str, Any]:
    """One core's seconds for the first 50 epochs of a block of circles, and for the last 50 of many."""
    from backprop_lab.engines.kernel.block import Block
    from backprop_lab.sweep.plan import BLOCK
    from backprop_lab.training.first_state import first_state

    tasks = [_circle(seed, epochs) for seed in range(BLOCK)]
    starts = [first_state(task) for task in tasks]
    Block(tasks, starts).train(1)  # loads the program
    block = Block(tasks, starts)
    began = time.perf_counter()
    block.train(EPOCHS)
    first = time.perf_counter() - began
    block.train(epochs - 2 * EPOCHS)
    began = time.perf_counter()
    block.train(EPOCHS)
    return {"first": first / BLOCK, "last": (time.perf_counter() - began) / BLOCK}


def circle_jax(members: int) -> dict[str, Any]:
    """``jit(vmap(scan))`` over the seeds, on all cores, drawing the orders inside the program."""
    import jax

    began = time.perf_counter()
    accuracies = jax.jit(jax.vmap(lambda seed: _train(seed, None)))(jax.numpy.arange(members))
    return _receipt(began, accuracies)


def circle_jax_numpy_orders(members: int) -> dict[str, Any]:
    """The same, but NumPy draws the orders of all members and epochs beforehand.

    XLA draws an order by sorting random numbers, which takes most of the time of ``circle_jax`` on a CPU.
    """
    import jax
    import numpy as np

    began = time.perf_counter()
    ordered = np.broadcast_to(np.arange(TRAIN, dtype=np.uint16), (members, EPOCHS, TRAIN))
    orders = np.random.default_rng(0).permuted(ordered, axis=2)
    accuracies = jax.jit(jax.vmap(_train))(jax.numpy.arange(members), orders)
    return _receipt(began, accuracies)


def _receipt(began: float, accuracies: Any) -> dict[str, Any]:
    """Includes compilation at the first call, because a user waits for it too."""
    accuracy = float(accuracies.mean())  # waits for the result
    return {"fit_seconds": time.perf_counter() - began, "metrics": {"val_acc": accuracy}}


def _train(seed: Any, orders: Any) -> Any:
    """Train one member and return its validation accuracy. ``orders`` is [epochs, points], or None to draw them."""
    import jax
    from jax import numpy as jnp

    points_key, start_key, order_key = jax.random.split(jax.random.key(seed), 3)
    points = jax.random.uniform(points_key, (TRAIN + VAL, 2), minval=-1, maxval=1)
    inside = ((points**2).sum(axis=1) <= 0.5**2).astype(jnp.float32)
    x, y = points[:TRAIN], inside[:TRAIN]

    def layer(key: Any, inputs: int, outputs: int) -> dict[str, Any]:
        bound = inputs**-0.5
        shapes = {"weight": (inputs, outputs), "bias": (outputs,)}
        keys = jax.random.split(key, len(shapes))
        return {
            name: jax.random.uniform(key, shape, minval=-bound, maxval=bound)
            for key, (name, shape) in zip(keys, shapes.items(), strict=True)
        }

    def logits_of(weights: Any, x: Any) -> Any:
        hidden, output = weights
        return (jax.nn.relu(x @ hidden["weight"] + hidden["bias"]) @ output["weight"] + output["bias"])[:, 0]

    def loss_of(weights: Any, x: Any, y: Any) -> Any:
        logits = logits_of(weights, x)
        return (jax.nn.softplus(logits) - y * logits).mean()

    def step(weights: Any, batch: Any) -> tuple[Any, None]:
        gradients = jax.grad(loss_of)(weights, *batch)
        return jax.tree.map(lambda weight, gradient: weight - LEARNING_RATE * gradient, weights, gradients), None

    def epoch(weights: Any, given: Any) -> tuple[Any, None]:
        order = jax.random.permutation(given, TRAIN) if orders is None else given
        return jax.lax.scan(step, weights, (x[order].reshape(-1, BATCH_SIZE, 2), y[order].reshape(-1, BATCH_SIZE)))

    hidden_key, output_key = jax.random.split(start_key)
    start = (layer(hidden_key, 2, HIDDEN), layer(output_key, HIDDEN, 1))
    weights, _ = jax.lax.scan(epoch, start, jax.random.split(order_key, EPOCHS) if orders is None else orders)
    return ((logits_of(weights, points[TRAIN:]) > 0) == (inside[TRAIN:] > 0.5)).mean()


def circle_c(members: int) -> dict[str, Any]:
    """``circle.c`` with a thread for each core."""
    return _compiled(members)


def circle_c_fast_math(members: int) -> dict[str, Any]:
    """The same, but the compiler may reorder sums and ignore floating-point exceptions."""
    return _compiled(members, "-ffast-math")


def _compiled(members: int, *flags: str) -> dict[str, Any]:
    """Compile in the working folder, and run. The program measures its own seconds."""
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, *C_FLAGS, *flags, str(C_SOURCE), "-o", "circle", "-lm", "-pthread"], check=True)
    command = ["./circle", str(members), str(EPOCHS), str(os.cpu_count() or 1)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


PEERS: dict[str, Callable[[int], dict[str, Any]]] = {
    peer.__name__: peer
    for peer in (circle_kernel, kernel_late, circle_jax, circle_jax_numpy_orders, circle_c, circle_c_fast_math)
}
