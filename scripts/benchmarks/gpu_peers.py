"""Trainings on a GPU, in processes of their own. ``fit_seconds`` are those of the training alone."""

import time
from collections.abc import Callable
from typing import Any

DEVICE = "cuda"
STEPS = 100


def gpu_circles(members: int) -> dict[str, Any]:
    return _trained(members, "dataset=circle", "model.hidden=8", "epochs=50", "trainer=gpu")


def gpu_xors(members: int) -> dict[str, Any]:
    return _trained(members, "dataset=xor", "model.hidden=4", f"epochs={STEPS}", f"log_every_n_epochs={STEPS}",
                    "trainer=gpu")  # fmt: skip


def _trained(members: int, *overrides: str) -> dict[str, Any]:
    from dataclasses import replace

    from backprop_lab.config.check import check
    from backprop_lab.notebook import compose
    from backprop_lab.sweep.batch import chunk
    from backprop_lab.sweep.plan import MEMBERS_ON_GPU
    from backprop_lab.training.split import points_of
    from backprop_lab.training.task import build_task, with_points_of

    config = check(compose(*overrides))
    first = build_task(config, *points_of(config))
    spent, accuracy = 0.0, []
    for start in range(0, members, MEMBERS_ON_GPU):
        configs = [replace(config, seed=seed) for seed in range(start, min(start + MEMBERS_ON_GPU, members))]
        shares = config.dataset.is_validated_on_itself  # the corners are the same for all
        tasks = [with_points_of(first, one) if shares else build_task(one, *points_of(one)) for one in configs]
        began = time.perf_counter()
        histories = chunk.fit(tasks, (), DEVICE, lambda steps: None)
        spent += time.perf_counter() - began
        accuracy += [history.rows[config.epochs]["val_acc"] for history in histories if not history.has_diverged]
    return {"fit_seconds": spent, "metrics": {"val_acc": sum(accuracy) / len(accuracy)}}


def gpu_circles_jax(members: int) -> dict[str, Any]:
    import jax

    from benchmarks.sweep_peers import circle_jax

    return {**circle_jax(members), "device": jax.devices()[0].platform}


PEERS: dict[str, Callable[[int], dict[str, Any]]] = {
    peer.__name__: peer for peer in (gpu_circles, gpu_xors, gpu_circles_jax)
}
