"""The program that is compiled from the options: custom ones too, on every kind of processor the same bits."""

import os
import platform
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backprop_lab.engines.kernel import border
from backprop_lab.engines.kernel.program import program as compiled_program
from backprop_lab.options import discovery
from backprop_lab.training import cache
from conftest import Own, Program, configured, environment, quick_of, task_of
from engines.rungs import fitted, in_blocks

SMALL = ("dataset.n_samples=60", "epochs=3", "precision=64")

SWISH = """
    from backprop_lab.options.arithmetic import sigmoid

    def value(z):
        return z * sigmoid(z)

    def slope(z, a):
        s = sigmoid(z)
        return s + a * (1.0 - s)
"""
BRANCHING = """
    def value(z):
        return z if z > 0 else 0.1 * z

    def slope(z, a):
        return 1.0 if z > 0 else 0.1
"""


def test_every_option_with_a_formula_is_compiled() -> None:
    compiled = compiled_program()
    assert compiled.refused == {}
    for group in ("activation", "penalty", "optimizer"):
        for name in discovery.names(group):
            assert (compiled.kind(group, name) >= 0) == (name != "none"), name
    assert compiled.kind("loss", "mse", "binary") != compiled.kind("loss", "mse", "regression")


@pytest.mark.slow
def test_an_option_of_ones_own_is_compiled_too(own: Own) -> None:
    own("activation", "swish", SWISH)
    task = task_of(*SMALL, "model.activation=swish")
    state, expected = fitted("kernel", task)[0], fitted("by_hand", task)[0]
    assert all(np.abs(state.weights[name] - weight).max() < 1e-12 for name, weight in expected.weights.items())
    assert fitted("kernel", task_of(*SMALL))[0].weights_sha256 != state.weights_sha256


def test_an_option_that_was_edited_is_compiled_anew(own: Own) -> None:
    for factor in (0.5, 0.25):
        text = f"def value(z):\n    return {factor} * z\n\n\ndef slope(z, a):\n    return {factor} + 0.0 * z\n"
        own("activation", "edited", text)
        task = task_of("dataset.n_samples=40", "epochs=2", "precision=64", "model.activation=edited")
        (history,) = in_blocks([task])
        alone, _ = fitted("by_hand", task)
        for name, array in alone.weights.items():
            assert np.abs(history.state.weights[name] - array).max() < 1e-12, (factor, name)


def test_what_numba_does_not_take_is_trained_by_vmap_with_one_line(own: Own, program: Program) -> None:
    mine = own("activation", "branching", BRANCHING)
    config = configured(*SMALL, "model.activation=branching")
    why = border.why_not(config)
    assert why.startswith("Numba does not compile activation=branching (")
    done = program(f"--config-dir={mine}", *SMALL, "engine=kernel", "model.activation=branching", "hydra.run.dir=run")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("error: engine: got kernel; allowed: another engine here: Numba does not compile ")
    assert not Path("run").exists()


def test_another_option_that_is_broken_hinders_nobody(own: Own) -> None:
    own("optimizer", "broken", "raise ValueError('not yet')")
    assert "not yet" in compiled_program().refused["optimizer", "broken"]
    assert border.why_not(configured(*SMALL)) == ""


def test_without_numba_the_engine_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, program: Program) -> None:
    monkeypatch.setattr(border, "is_installed", lambda: False)
    done = program(*SMALL, "engine=kernel", "hydra.run.dir=run")
    assert done.status == 2
    assert done.err == "error: engine: got kernel; allowed: another engine here: numba is not installed\n"
    assert not Path("run").exists()


BITS = """
from conftest import task_of
from engines.rungs import in_blocks
for precision in (32, 64):
    for line in (["model.activation=gelu", "optimizer=adam"], ["model.activation=tanh", "model.dropout=0.2"]):
        task = task_of("dataset.n_samples=100", "epochs=3", f"precision={precision}", *line)
        (history,) = in_blocks([task])
        print(history.state.weights_sha256, history.rows)
"""
PROCESSORS = {"x86_64": ["x86-64"], "AMD64": ["x86-64"]}.get(platform.machine(), [])


@pytest.mark.slow
@pytest.mark.skipif(not PROCESSORS, reason="no other processors to compile for")
def test_the_bits_are_the_same_on_every_processor() -> None:
    """With vectors of 128 bits, and what is here. Numba keeps a program for each processor."""
    said = set()
    for name in (*PROCESSORS, ""):
        variables = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": ""} if name else {}
        here = environment(**variables, PYTHONPATH=os.pathsep.join(sys.path))
        said.add(subprocess.check_output([sys.executable, "-c", BITS], env=here, text=True, timeout=300))
    assert len(said) == 1


@pytest.mark.parametrize("precision", quick_of([32, 64], 32))
def test_a_single_run_has_the_bits_of_a_member(precision: int) -> None:
    line = ["dataset.n_samples=90", "epochs=4", f"precision={precision}", "optimizer.momentum=0.9", "model.dropout=0.1"]
    tasks = [task_of(*line, f"seed={seed}", f"optimizer.lr={0.1 * (seed + 1)}") for seed in range(3)]
    together = in_blocks(tasks)
    for task, history in zip(tasks, together, strict=True):
        state, rows = fitted("kernel", task)
        assert state.weights_sha256 == history.state.weights_sha256
        assert rows == [*history.rows.values()]
        assert all((state.optimizer[name] == kept).all() for name, kept in history.state.optimizer.items())


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_the_text_is_kept_where_only_this_user_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = cache.kept("kernel-of-a-test", "program.py", "x = 1\n")
    assert file is not None
    assert file.read_text() == "x = 1\n"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    file.write_text("x = 2\n")
    assert cache.kept("kernel-of-a-test", "program.py", "x = 1\n") == file
    assert file.read_text() == "x = 1\n", "what somebody changed is written anew"
    file.parent.chmod(0o777)
    assert cache.kept("kernel-of-a-test", "program.py", "x = 1\n") is None
