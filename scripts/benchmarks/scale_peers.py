"""Parts of large sweeps, in processes of their own."""

import hashlib
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RATES = 20
TRAINED = 10_000  # of the driver's jobs; the others get copies of what these leave
CORES = 2


def scale_driver(jobs: int) -> dict[str, Any]:
    """Processor seconds of each part of a sweep of XORs with one epoch, without their training."""
    from backprop_lab.config.configs import Configs
    from backprop_lab.experiment.left_out import LeftOut
    from backprop_lab.report.sweep import page
    from backprop_lab.sweep import table
    from backprop_lab.sweep.folder import Sweep
    from backprop_lab.sweep.pictures.draw import draw
    from backprop_lab.sweep.places.carry_out import carry_out
    from backprop_lab.sweep.places.local import Local
    from backprop_lab.sweep.places.order import Assignments
    from backprop_lab.sweep.plan import plan
    from hydra_plugins.lab.composition import compose_many

    common = ["dataset=xor", "epochs=1", "logger=none"]
    typed = [
        [*common, f"optimizer.lr={rate / 100}", f"seed={seed}"]
        for rate in range(1, RATES + 1)
        for seed in range(jobs // RATES)
    ]
    composer, _ = compose_many(common)
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        done = work()
        spent[name] = time.process_time() - began
        return done

    configs = timed("composed", lambda: Configs(map(composer.compose, typed)))
    sweep = Sweep("sweep")
    timed("begun", lambda: sweep.begin(configs, typed, is_batched=True, is_packed=True))
    timed("planned", lambda: plan(enumerate(configs)))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    carry_out(sweep, Assignments(configs, dict(enumerate(typed)), range(min(jobs, TRAINED))), Local())
    if jobs > TRAINED:
        _give_copies(sweep, range(TRAINED, jobs))
    shown: list[Any] = []

    def concluded() -> None:
        shown.extend(sweep.jobs())
        sweep.write_table(shown)
        table.lines(shown)

    timed("table", concluded)
    timed("pictures", lambda: draw(sweep, shown, LeftOut()))
    timed("page", lambda: page.write(sweep, shown))
    return {**spent, "megabytes": megabytes}


def _give_copies(sweep: Any, jobs: range) -> None:
    """Let jobs be as if they were trained: each has the receipt of a trained one, and reads the files of that."""
    from backprop_lab.sweep.brief import Brief, Shapes
    from backprop_lab.sweep.job_run import JobRun, Outcome

    shapes: Shapes = {}
    for job in jobs:
        receipt = sweep.run(job % TRAINED).brief
        sweep.run(job).outcome = Outcome(Brief.of({**receipt, "seed": job}, shapes), {}, None)
    files_of = JobRun.files.func  # type: ignore[attr-defined]
    trained = {job: files_of(sweep.run(job)) for job in range(TRAINED)}
    JobRun.files = property(lambda run: trained[run.number % TRAINED])  # type: ignore[assignment, method-assign]


def scale_local(circles: int) -> dict[str, Any]:
    from backprop_lab.sweep.places.local import Local

    return _trained(Local(CORES), circles)


def scale_ray(circles: int) -> dict[str, Any]:
    """On a cluster of this machine, which is started before the clock is."""
    import os

    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    import ray
    from ray.cluster_utils import Cluster

    from backprop_lab.sweep.places.ray import build

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": CORES, "include_dashboard": False})
    place = build(cluster.address)
    ray.get([ray.remote(_ready).options(scheduling_strategy="SPREAD").remote() for _ in range(4 * CORES)])
    return _trained(place, circles)


def scale_slurm(circles: int) -> dict[str, Any]:
    from backprop_lab.sweep.places.slurm import build

    return _trained(build(None, None, None, None, None), circles)


def _ready() -> None:
    """Load what a worker needs."""
    from backprop_lab.sweep.batch import blocks  # noqa: F401
    from backprop_lab.sweep.places import work  # noqa: F401


def _trained(place: Any, circles: int) -> dict[str, Any]:
    """Seconds from the first order to the last one, and a hash of all weights."""
    from backprop_lab.config.configs import Configs
    from backprop_lab.sweep.folder import Sweep
    from backprop_lab.sweep.places.carry_out import carry_out
    from backprop_lab.sweep.places.order import Assignments
    from hydra_plugins.lab.composition import compose_many

    typed = [["dataset=circle", "model.hidden=8", f"seed={seed}"] for seed in range(circles)]
    composer, _ = compose_many(typed[0])
    configs = Configs(map(composer.compose, typed))
    sweep = Sweep(Path("sweep").absolute())
    sweep.begin(configs, typed, is_batched=True, is_packed=True)
    jobs = Assignments(configs, dict(enumerate(typed)), range(circles))
    began = time.perf_counter()
    carry_out(sweep, jobs, place)
    seconds = time.perf_counter() - began
    hashes = "".join(run.summary["weights_sha256"] for run in sweep.runs().values())
    return {"seconds": seconds, "weights": hashlib.sha256(hashes.encode()).hexdigest()}


PEERS: dict[str, Callable[[int], dict[str, Any]]] = {
    peer.__name__: peer for peer in (scale_driver, scale_local, scale_ray, scale_slurm)
}
