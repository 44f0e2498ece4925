"""The cost of a job in a batched sweep besides its training, in one process."""

import time
from typing import Any

from benchmarks.peers import EPOCHS

TRAINED = 512  # members of the kernel
FIRST = 32  # of them, whose writing loads what is loaded once
FEW_POINTS = 100  # training time is not measured here


def jobs(number: int) -> dict[str, Any]:
    """Seconds to compose, check and write the configurations of the jobs, and to write the results of some of them."""
    from hydra._internal.hydra import Hydra
    from hydra._internal.utils import create_config_search_path
    from hydra.types import RunMode

    from backprop_lab.config.check import check
    from backprop_lab.config.recording import recorded_epochs
    from backprop_lab.options.discovery import CONFIGS
    from backprop_lab.runs.files import synced_at_end
    from backprop_lab.sweep.batch import blocks, unstack
    from backprop_lab.sweep.folder import Sweep
    from backprop_lab.sweep.plan import BLOCK, KERNEL, Batch
    from backprop_lab.training.split import points_of
    from backprop_lab.training.task import build_task
    from hydra_plugins.lab.composition import Composer

    hydra = Hydra.create_main_hydra2("train", create_config_search_path(str(CONFIGS)))
    circle = [f"epochs={EPOCHS}", f"dataset.n_samples={FEW_POINTS}"]
    composer = Composer(hydra.config_loader, hydra.compose_config("train", [], RunMode.MULTIRUN))
    typed = [[*circle, f"optimizer.lr={rate}", f"seed={seed}"] for rate in (0.1, 0.3) for seed in range(number // 2)]

    began = time.perf_counter()
    configs = [check(composer.compose(job)) for job in typed]
    composed = time.perf_counter()
    sweep = Sweep("sweep")
    sweep.begin(configs, typed, is_batched=True)
    begun = time.perf_counter()

    tasks = [build_task(config, *points_of(config)) for config in configs[:TRAINED]]
    frames, batch = recorded_epochs(configs[0]), Batch(KERNEL, "cpu")
    histories = [h for i in range(0, TRAINED, BLOCK) for h in blocks.fit(tasks[i : i + BLOCK], frames, lambda _: None)]
    with synced_at_end(sweep.folder):
        for n, (task, history) in enumerate(zip(tasks, histories, strict=True)):
            if n == FIRST:
                ready = time.perf_counter()
            with sweep.run(n).files.held_open():
                unstack.write(sweep.run(n), configs[n], task, typed[n], history, batch, 0.0)
    written = time.perf_counter()
    return {
        "composed_seconds": (composed - began) / len(typed),
        "begun_seconds": (begun - composed) / len(typed),
        "written_seconds": (written - ready) / (len(tasks) - FIRST),
    }
