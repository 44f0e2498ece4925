"""Any ``nn.Module`` is trained right by the rungs of torch and in a batch, and declined by those that need layers."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.runs.run import Run
from backprop_lab.sweep.batch import unstack
from backprop_lab.sweep.plan import Batch
from backprop_lab.training import networks
from backprop_lab.training.first_state import first_state
from backprop_lab.training.metrics import final_metrics, loss_of
from conftest import Own, Program, Train, configured, quick_of, task_of
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


def write_tied(own: Own) -> Path:
    """A network in which two layers have one weight, with buffers beside it."""
    return write(
        own,
        "tied",
        "self.first = nn.Linear(in_features, width); self.a = nn.Linear(width, width); "
        "self.b = nn.Linear(width, width); self.b.weight = self.a.weight; self.norm = nn.BatchNorm1d(width); "
        "self.last = nn.Linear(width, 1)",
        "h = torch.tanh(self.a(torch.tanh(self.first(x)))); return self.last(self.b(self.norm(h))).squeeze(-1)",
    )


def write_partial(own: Own) -> Path:
    """A network with a frozen layer, one that nothing reaches, and a buffer that is not saved."""
    return write(
        own,
        "partial",
        "self.first = nn.Linear(in_features, width).requires_grad_(False); self.idle = nn.Linear(width, width); "
        "self.last = nn.Linear(width, 1); self.register_buffer('two', torch.tensor(2.0), persistent=False)",
        "return self.last(torch.tanh(self.two * self.first(x))).squeeze(-1)",
    )


WRITERS = {"shared": write_shared, "normed": write_normed, "tied": write_tied, "partial": write_partial}
MODELS = ("residual", *WRITERS)


@pytest.fixture
def mine(own: Own) -> Path:
    """A folder with all of these."""
    return [writer(own) for writer in WRITERS.values()][-1]


SMALL = ("dataset.n_samples=50", "dataset.batch_size=8", "epochs=40", "optimizer.momentum=0.9", "optimizer.lr=0.05")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.usefixtures("mine")
def test_the_rungs_of_torch_agree_in_every_bit(model: str) -> None:
    task = task_of(*SMALL, f"model={model}")
    module, rows = fitted("module", task)
    assert module.step == 5 * 40
    for engine in ("lightning", "autograd"):
        state, other_rows = fitted(engine, task)
        assert state.weights_sha256 == module.weights_sha256, engine
        assert state.buffers.keys() == module.buffers.keys()
        for row, other in zip(rows, other_rows, strict=True):
            assert other == pytest.approx(row, rel=1e-5), engine


@pytest.mark.parametrize(
    "extras",
    quick_of([(), ("loss=hinge", "penalty=l2", "schedule=cosine", "optimizer.weight_decay=0.1")], ()),
    ids=" ".join,
)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.usefixtures("mine")
def test_alone_and_in_a_batch_it_is_the_same_training(model: str, extras: tuple[str, ...]) -> None:
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


def test_a_network_that_was_edited_is_not_taken_for_the_earlier_one(own: Own) -> None:
    layers = "self.first = nn.Linear(in_features, width); self.last = nn.Linear(width, 1)"
    for activation in ("torch.tanh", "torch.relu"):
        write(own, "edited", layers, f"return self.last({activation}(self.first(x))).squeeze(-1)")
        task = task_of(*SMALL, "model=edited", "precision=64")
        (history,) = batched([task])
        alone, _ = fitted("module", task)
        for name, array in alone.weights.items():
            assert np.abs(history.state.weights[name] - array).max() < 1e-9, (activation, name)


@pytest.mark.parametrize("model", ["normed", "tied", "partial"])
@pytest.mark.usefixtures("mine")
def test_a_network_is_trained_as_a_plain_loop_would(model: str) -> None:
    """An independent loop of a few lines: training mode in the steps, eval mode for what is measured."""
    task = task_of(*SMALL, f"model={model}", "optimizer.weight_decay=0.1")
    start = first_state(task)
    network: nn.Module = task.model.option.build(2, 1, width=6)
    named = start.weights | start.buffers
    network.load_state_dict({n: torch.from_numpy(a.copy()) for n, a in named.items()}, strict=model != "tied")
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, weight_decay=0.1)
    x, y = torch.from_numpy(task.train.x), torch.from_numpy(task.train.y)
    for epoch in range(1, 41):
        for index in task.batches(epoch):
            optimizer.zero_grad()
            loss_of(task)(network(x[index]), y[index]).backward()
            optimizer.step()
    state, rows = fitted("module", task)
    trained = network.state_dict()
    for name, array in (state.weights | state.buffers).items():
        np.testing.assert_array_equal(array, trained[name].numpy())
    assert {*state.weights, *state.buffers} == {*trained} - {"b.weight" if model == "tied" else ""}
    outputs = network.eval()(torch.from_numpy(task.val.x))
    assert rows[-1]["val_loss"] == loss_of(task)(outputs, torch.from_numpy(task.val.y)).item()
    assert final_metrics(task, state, task.val)["val_loss"] == rows[-1]["val_loss"]


@pytest.mark.usefixtures("mine")
def test_what_no_gradient_reaches_stays_as_it_was() -> None:
    task = task_of(*SMALL, "model=partial", "optimizer.weight_decay=0.1")
    start = first_state(task)
    assert {*start.buffers} == {"first.weight", "first.bias"}, "frozen ones are no weights"
    (history,) = batched([task])
    for state in (history.state, *(fitted(engine, task)[0] for engine in ("module", "lightning", "autograd"))):
        for name in start.buffers:
            np.testing.assert_array_equal(state.buffers[name], start.buffers[name])
        for name in ("idle.weight", "idle.bias"):
            np.testing.assert_array_equal(state.weights[name], start.weights[name])
        assert (state.weights["last.weight"] != start.weights["last.weight"]).all()


@pytest.mark.parametrize("model", quick_of(MODELS, "normed", "tied"))
def test_it_leaves_a_page_and_goes_on_from_its_checkpoint(
    model: str, mine: Path, program: Program, tmp_path: Path
) -> None:
    quick = (f"--config-dir={mine}", f"model={model}", "dataset.n_samples=50", "optimizer=adam", "logger=none")
    whole, half = (program(*quick, f"epochs={epochs}", f"hydra.run.dir={epochs}", "engine=module") for epochs in (6, 4))
    assert (whole.status, whole.err, half.status, half.err) == (0, "", 0, "")
    run = Run(tmp_path / "4")
    assert run.report_file.exists()
    assert final_metrics(run.task, run.state(), run.task.val)["val_loss"] == run.summary["metrics"]["val_loss"]
    done = program(f"--config-dir={mine}", "resume=4", "epochs=6")
    assert (done.status, done.err) == (0, "")
    assert Run(tmp_path / "4").summary["weights_sha256"] == Run(tmp_path / "6").summary["weights_sha256"]


def test_buffers_are_in_checkpoints_and_frames_and_decide_the_hash(own: Own, train: Train) -> None:
    write_normed(own)
    run = train(
        "model=normed", "dataset.n_samples=50", "epochs=4", "engine=module", "logger=none", "callbacks=[frames]"
    )
    assert run.status == "finished", run.summary["error"]
    frames, state = run.frames(), Run(run.folder).state()
    counts = [frame.buffers["norm.num_batches_tracked"] for frame in frames]
    assert [count.item() for count in counts] == [0, 2, 4, 6, 8]
    assert {(str(count.dtype), count.shape) for count in counts} == {("int64", ())}
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
    unstack.write(run, config, tasks[1], overrides, histories[1], Batch("vmap", "cpu"), 1.0)
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
        np.testing.assert_allclose(run.predict(run.task.val.x), expected, rtol=1e-6)
    metrics = [final_metrics(run.task, run.state(), run.task.val) for _ in range(2)]
    assert metrics[0] == metrics[1]
    assert metrics[0]["val_loss"] == run.metrics()["val_loss"][-1] == run.summary["metrics"]["val_loss"]


def test_what_vmap_cannot_take_is_said_in_one_line_for_each_job(own: Own, program: Program) -> None:
    mine = write(
        own,
        "recurrent",
        "self.gru = nn.GRU(1, width, batch_first=True); self.last = nn.Linear(width, 1)",
        "return self.last(self.gru(x[:, :, None])[0][:, -1]).squeeze(-1)",
    )
    alone = (f"--config-dir={mine}", "model=recurrent", "epochs=2", "logger=none", "callbacks=[]", "engine=module")
    assert program(*alone).status == 0
    done = program("-m", *alone, "hydra/launcher=batched", "seed=0,1")
    assert done.status == 1
    said = [line for line in (done.out + done.err).splitlines() if "failed:" in line]
    assert len(said) == 2
    assert "hydra/launcher=batched with model=recurrent" in said[0]
    assert "allowed: what torch.func.vmap supports; another launcher trains the rest" in said[0]


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
    "tensors that are not registered": (
        f"{LINEAR}; self.features = torch.randn(in_features, in_features)",
        "return self.layer(torch.cos(x @ self.features)).squeeze(-1)",
        "got 'random tensors that build() draws and no checkpoint holds'; allowed: register_buffer or nn.Parameter",
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
