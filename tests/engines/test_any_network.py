"""Any ``nn.Module`` is trained right by the rungs of torch and in a batch, and declined by those that need layers."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from backprop_lab.callbacks.assembly import recorded_epochs
from backprop_lab.runs.run import Run
from backprop_lab.sweep.batch import unstack
from backprop_lab.training import networks
from backprop_lab.training.metrics import final_metrics, loss_of
from backprop_lab.training.tensors import first_state
from conftest import Own, Program, Train, configured, task_of
from engines.rungs import batched, fitted

YAML = "name: {name}\nwidth: 6\n"
NETWORK = """
    from backprop_lab.options.rules import whole

    KNOBS = {{"width": whole("units", 1, 64)}}


    def build(in_features, outputs, *, width):
        import torch
        from torch import nn

        class Network(nn.Module):
            def __init__(self):
                super().__init__()
                {layers}

            def forward(self, x):
                {forward}

        return Network()
"""


def write(own: Own, name: str, layers: str, forward: str) -> Path:
    """A model of one's own, from the statements of its two methods."""
    place = " " * 16
    text = NETWORK.format(layers=f"\n{place}".join(layers.split("; ")), forward=f"\n{place}".join(forward.split("; ")))
    return own("model", name, text, YAML.format(name=name))


def write_normed(own: Own) -> Path:
    """A network with buffers: running means, in float, and a count of steps, in whole numbers."""
    return write(
        own,
        "normed",
        "self.first = nn.Linear(in_features, width); self.norm = nn.BatchNorm1d(width); "
        "self.last = nn.Linear(width, 1)",
        "return self.last(torch.tanh(self.norm(self.first(x)))).squeeze(-1)",
    )


def write_shared(own: Own) -> Path:
    """A network that uses one layer twice."""
    return write(
        own,
        "shared",
        "self.first = nn.Linear(in_features, width); self.again = nn.Linear(width, width); "
        "self.last = nn.Linear(width, 1)",
        "h = torch.tanh(self.first(x)); h = torch.relu(self.again(h)); h = torch.relu(self.again(h)); "
        "return self.last(h).squeeze(-1)",
    )


SMALL = ("dataset.n_samples=50", "dataset.batch_size=8", "epochs=40", "optimizer.momentum=0.9", "optimizer.lr=0.05")


@pytest.mark.parametrize("model", ["residual", "shared", "normed"])
def test_the_rungs_of_torch_agree_in_every_bit(model: str, own: Own) -> None:
    write_shared(own)
    write_normed(own)
    task = task_of(*SMALL, f"model={model}")
    module, rows = fitted("module", task)
    assert module.step == 5 * 40
    for engine in ("lightning", "autograd"):
        state, other_rows = fitted(engine, task)
        assert state.weights_sha256 == module.weights_sha256, engine
        assert state.buffers.keys() == module.buffers.keys()
        for row, other in zip(rows, other_rows, strict=True):
            assert other == pytest.approx(row, rel=1e-5), engine


@pytest.mark.parametrize("extras", [(), ("loss=hinge", "penalty=l2", "schedule=cosine")], ids=" ".join)
@pytest.mark.parametrize("model", ["residual", "shared", "normed"])
def test_alone_and_in_a_batch_it_is_the_same_training(model: str, extras: tuple[str, ...], own: Own) -> None:
    write_shared(own)
    write_normed(own)
    tasks = [task_of(*SMALL, f"model={model}", *extras, "precision=64", f"seed={seed}") for seed in (0, 1, 2)]
    for task, history in zip(tasks, batched(tasks), strict=True):
        alone, rows = fitted("module", task)
        for part in ("weights", "optimizer", "buffers"):
            one, other = getattr(history.state, part), getattr(alone, part)
            assert one.keys() == other.keys()
            for name, array in other.items():
                assert one[name].dtype == array.dtype, name
                assert np.abs(one[name] - array).max() < 1e-9, name
        for row, other_row in zip(rows, history.rows.values(), strict=True):
            assert other_row == pytest.approx(row, abs=1e-9)


def test_a_network_with_buffers_is_trained_as_a_plain_loop_would(own: Own) -> None:
    """An independent loop of a few lines: training mode in the steps, eval mode for what is measured."""
    write_normed(own)
    task = task_of(*SMALL, "model=normed")
    start = first_state(task)
    network: nn.Module = task.model.option.build(2, 1, width=6)
    network.load_state_dict({n: torch.from_numpy(a.copy()) for n, a in (start.weights | start.buffers).items()})
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    x, y = torch.from_numpy(task.train.x), torch.from_numpy(task.train.y)
    for epoch in range(1, 41):
        for index in task.batches(epoch):
            optimizer.zero_grad()
            loss_of(task)(network(x[index]), y[index]).backward()
            optimizer.step()
    state, rows = fitted("module", task)
    for name, tensor in network.state_dict().items():
        np.testing.assert_array_equal((state.weights | state.buffers)[name], tensor.numpy())
    assert {*state.buffers} == {"norm.running_mean", "norm.running_var", "norm.num_batches_tracked"}
    assert state.buffers["norm.num_batches_tracked"] == 200
    assert state.buffers["norm.num_batches_tracked"].dtype == np.int64
    outputs = network.eval()(torch.from_numpy(task.val.x))
    assert rows[-1]["val_loss"] == loss_of(task)(outputs, torch.from_numpy(task.val.y)).item()
    assert final_metrics(task, state, task.val)["val_loss"] == rows[-1]["val_loss"]


def test_buffers_are_in_checkpoints_and_frames_and_decide_the_hash(own: Own, train: Train) -> None:
    write_normed(own)
    run = train(
        "model=normed", "dataset.n_samples=50", "epochs=4", "engine=module", "logger=none", "callbacks=[frames]"
    )
    assert run.status == "finished", run.summary["error"]
    frames, state = run.frames(), Run(run.folder).state()
    assert [frame.buffers["norm.num_batches_tracked"].item() for frame in frames] == [0, 2, 4, 6, 8]
    assert frames[-1].weights_sha256 == state.weights_sha256 == run.summary["weights_sha256"]
    state.buffers["norm.running_mean"] += 1
    assert state.weights_sha256 != run.summary["weights_sha256"]
    x = run.task.val.x[:5]
    network = run.network()
    assert not network.training
    whole, alone = run.predict(x), np.concatenate([run.predict(point) for point in x])
    assert whole == pytest.approx(alone, abs=1e-6), "a prediction depends on no neighbour"


def test_a_member_of_a_batch_leaves_its_buffers_too(own: Own, tmp_path: Path) -> None:
    write_normed(own)
    overrides = ["model=normed", "dataset.n_samples=50", "epochs=4", "callbacks=[frames]"]
    tasks = [task_of(*overrides, f"seed={seed}") for seed in (0, 1)]
    config = configured(*overrides, "seed=1")
    histories = batched(tasks, recorded_epochs(config))
    run = Run(tmp_path / "1")
    run.write_config(config.plain, overrides)
    unstack.write(run, config, overrides, tasks[1], histories[1], 1.0, 1.0)
    assert run.state().weights_sha256 == run.summary["weights_sha256"] == histories[1].state.weights_sha256
    assert [frame.buffers["norm.num_batches_tracked"].item() for frame in run.frames()] == [0, 2, 4, 6, 8]


# -- dropout ----------------------------------------------------------------------------------------------------------


def test_torchs_own_dropout_is_drawn_by_our_masks(own: Own) -> None:
    """A network with ``nn.Dropout`` is the one that an mlp with ``model.dropout`` is."""
    write(
        own,
        "dropped",
        "self.layers = nn.ModuleList([nn.Linear(2, 6), nn.Linear(6, 6), nn.Linear(6, 1)]); "
        "self.drop = nn.Dropout(0.4); self.other = nn.Dropout(0.4)",
        "h = self.drop(torch.relu(self.layers[0](x))); h = self.other(torch.relu(self.layers[1](h))); "
        "return self.layers[2](h).squeeze(-1)",
    )
    expected = fitted("module", task_of(*SMALL, "model.hidden=[6,6]", "model.dropout=0.4"))
    task = task_of(*SMALL, "model=dropped")
    for engine in ("module", "lightning", "autograd"):
        state, rows = fitted(engine, task)
        assert state.weights_sha256 == expected[0].weights_sha256, engine
        assert not state.buffers, "a mask is no part of a State"
        assert rows[-1] == pytest.approx(expected[1][-1])
    (history,) = batched([task])
    for name, weight in expected[0].weights.items():
        assert np.abs(history.state.weights[name] - weight).max() < 1e-4


def test_nothing_is_left_out_where_a_network_is_measured(train: Train) -> None:
    run = train("model.dropout=0.5", "dataset.n_samples=50", "epochs=3", "engine=module", "logger=none", "callbacks=[]")
    plain = networks.build(configured("model.dropout=0").model, 2, 1).eval()
    weights = {name: torch.from_numpy(weight) for name, weight in run.state().weights.items()}
    x = torch.from_numpy(run.task.val.x)
    with torch.no_grad():
        expected = torch.sigmoid(functional_call(plain, weights, (x,))).numpy()
    for _ in range(3):
        np.testing.assert_array_equal(run.predict(run.task.val.x), expected)
    metrics = [final_metrics(run.task, run.state(), run.task.val) for _ in range(2)]
    assert metrics[0] == metrics[1]
    assert metrics[0]["val_loss"] == run.metrics()["val_loss"][-1] == run.summary["metrics"]["val_loss"]


# -- what is refused --------------------------------------------------------------------------------------------------

LINEAR = "self.layer = nn.Linear(in_features, 1)"
REFUSED = {
    "a column": (LINEAR, "return self.layer(x)", "forward of 3 points: got [3,1]; allowed: a tensor of shape [3]"),
    "one number": (LINEAR, "return self.layer(x).mean()", "forward of 3 points: got []; allowed: a tensor of shape"),
    "a pair": (LINEAR, "return self.layer(x).squeeze(-1), x", "forward of 3 points: got tuple; allowed: a tensor of"),
    "nothing to train": ("self.layer = nn.Flatten(0)", "return self.layer(x[:, :1])", "with something to train"),
    "a dropout of functions": (
        LINEAR, "return nn.functional.dropout(self.layer(x).squeeze(-1), 0.5, self.training)", "draws random numbers",
    ),
    "another dropout": (
        f"{LINEAR}; self.drop = nn.AlphaDropout(0.5)", "return self.drop(self.layer(x)).squeeze(-1)",
        "draws random numbers",
    ),
    "a dropout that hardly ever drops": (
        LINEAR, "return nn.functional.dropout(self.layer(x).squeeze(-1), 1e-6, self.training)", "draws random numbers",
    ),
    "a dropout in two places": (
        f"{LINEAR}; self.drop = nn.Dropout(0.5)", "return self.drop(self.layer(self.drop(x))).squeeze(-1)",
        "dropout drop: got 'two uses in a forward pass'; allowed: an nn.Dropout for each place",
    ),
    "noise": (LINEAR, "return self.layer(x + torch.randn_like(x)).squeeze(-1)", "draws random numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_network_that_cannot_be_trained_is_refused_in_one_line(
    case: str, own: Own, program: Program, tmp_path: Path
) -> None:
    layers, forward, said = REFUSED[case]
    mine = write(own, "odd", layers, forward)
    done = program(f"--config-dir={mine}", "model=odd", "engine=module")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: model=odd")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert [*tmp_path.iterdir()] == [mine], "nothing was left"
