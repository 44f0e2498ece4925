"""The X-ray's numbers are torch's, the scalar engine's, and each other's."""

import functools
import json
import math
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import quickjs
import torch

from backprop_lab.config.types import Config
from backprop_lab.engines.scalar import Scalar
from backprop_lab.experiment import experiment
from backprop_lab.report import document
from backprop_lab.report.document import VENDOR, plain
from backprop_lab.report.run import page as run_page
from backprop_lab.report.run.code import MARKS, SOURCES, code, source_of
from backprop_lab.report.run.live import live_data
from backprop_lab.report.run.page import SCRIPTS
from backprop_lab.report.run.xray import xray
from backprop_lab.runs.run import Run
from backprop_lab.training.chain import layers_of
from backprop_lab.training.first_state import first_state
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task
from conftest import Silent, configured, quick_of
from report.browser import OpenPage
from report.films import SIGN, film_of, gated_film, own_option

PROBLEMS = {
    "circle": ["dataset.n_samples=100", "model.hidden=3"],
    "xor": ["dataset=xor", "loss=mse", "model.activation=tanh", "model.hidden=4"],
    "deep": ["dataset=moons", "dataset.n_samples=60", "model.hidden=[3,2]", "model.activation=sigmoid"],
    "xor line": ["dataset=xor", "model=single_layer", "loss=mse"],
    "line": ["dataset=linear", "model=single_layer", "optimizer.lr=0.01"],
    "bent line": ["dataset=linear", "dataset.intercept=-4", "model.hidden=3", "optimizer.lr=0.01"],
    "one weight": ["dataset=linear", "model=single_layer", "model.bias=false", "optimizer.lr=0.01"],
    "leaky": ["dataset=xor", "model.activation=leaky_relu", "model.hidden=3"],
    "gelu": ["dataset=moons", "dataset.n_samples=60", "model.activation=gelu", "model.hidden=3"],
    "margins": ["dataset=moons", "dataset.n_samples=60", "loss=hinge", "model.hidden=3"],
    "classes": ["dataset=blobs", "dataset.n_samples=40", "model.hidden=3", "dataset.spread=0.8"],
    "margins of classes": ["dataset=blobs", "dataset.n_samples=40", "loss=hinge", "dataset.spread=0.8"],
    "classes without units": ["dataset=spiral", "dataset.classes=4", "dataset.n_samples=40", "model=single_layer"],
    "linear mlp": ["dataset=xor", "model.activation=identity", "model.bias=false", "model.hidden=2"],
}
OPTIMIZERS = {
    "sgd": [],
    "decay": ["optimizer.weight_decay=0.01"],
    "momentum": ["optimizer.momentum=0.9", "optimizer.weight_decay=0.01"],
    "nesterov": ["optimizer.momentum=0.9", "optimizer.nesterov=true"],
    "adam": ["optimizer=adam", "optimizer.lr=0.01", "optimizer.weight_decay=0.1"],
    "adamw": ["optimizer=adamw", "optimizer.lr=0.01"],
    "rmsprop": ["optimizer=rmsprop", "optimizer.lr=0.01", "optimizer.weight_decay=0.1"],
    "adagrad": ["optimizer=adagrad", "optimizer.weight_decay=0.1"],
    "huber": ["dataset=linear", "loss=huber"],
    "rmsprop with momentum": ["optimizer=rmsprop", "optimizer.lr=0.01", "optimizer.momentum=0.9"],
    "schedule": ["schedule=cosine", "schedule.epochs=4"],
    "adam on a schedule": ["optimizer=adam", "schedule=step", "schedule.epochs=9", "schedule.every_n_epochs=1"],
    "clipped": ["optimizer.clip_norm=0.05", "optimizer.momentum=0.9"],
    "clipped with a penalty": ["optimizer=adam", "optimizer.clip_norm=0.01", "penalty=l2", "penalty.strength=0.1"],
    "l1": ["penalty=l1", "penalty.strength=0.01"],
    "l2": ["penalty=l2", "penalty.strength=0.1", "optimizer.momentum=0.9"],
}


# -- the page's scripts, without a page -------------------------------------------------------------------------------

# What browsers have and this engine has not.
NEWER = """
for (const { prototype } of [Array, Float64Array]) {
  prototype.at = function (i) { return this[i < 0 ? this.length + i : i]; };
  prototype.findLastIndex = function (test) {
    for (let i = this.length - 1; i >= 0; i--) if (test(this[i])) return i;
    return -1;
  };
  prototype.findLast = function (test) { return this[this.findLastIndex(test)]; };
}
String.prototype.replaceAll = function (old, by) { return this.split(old).join(by); };
Number.prototype.toLocaleString = function () { return String(this).replace(/\\B(?=(\\d{3})+$)/g, ','); };
globalThis.performance = { now: Date.now };
"""
OF_PAGE = """
function linesOf(report, chosen) {
  const typed = ({ shape, values }) => reader({ shape, values: Float64Array.from(values) });
  report.at = Object.fromEntries(Object.entries(report.arrays).map(([name, array]) => [name, typed(array)]));
  const source = xraySource(report);
  return source.numbers.map((number) => {
    const moment = source.momentOf(number);
    return source.inBatch(moment).map((p) => told(source, moment, source.pointOf(moment, p), chosen));
  });
}
function told(source, moment, point, chosen) {
  const subject = xraySubject(source, moment, point, chosen);
  const path = xrayPath(subject, chosen);
  const { pass, step } = subject;
  return {
    number: moment.number, x: Array.from(pass.x), y: pass.y, loss: pass.loss, gradient: Array.from(pass.gradient),
    before: Array.from(moment.w), after: Array.from(step.after.w), mean: Array.from(moment.gradient), path,
    slots: step.after.slots.map((slot) => Array.from(slot)), isInBatch: point.isInBatch,
    cards: [forwardLines, backwardLines, updateLines].map((lines) => lines(subject)),
    chain: chainOf(subject, path), nudge: nudgeText(source, subject, path),
  };
}
function stepsOf(config, live, numbers) {
  const training = new LiveTraining(config, live.formulas, pointsOf(config, live.formulas));
  while (!training.isOver) training.step();
  const source = new TrainedSteps({ live, class_names: ["class 0", "class 1", "class 2"] }, training);
  return numbers.map((number) => {
    const moment = source.momentOf(number);
    const [wrongest] = source.inBatch(moment);
    const points = [wrongest, d3.range(training.points.train.n).find((i) => !moment.indices.includes(i))];
    return points.filter((i) => i !== undefined).map((i) => told(source, moment, source.pointOf(moment, i), null));
  });
}
"""
USED = ("common/format.js", "common/data.js", "run/weights.js", "run/pointing.js")


@functools.cache
def scripts() -> quickjs.Context:
    made = quickjs.Context()
    made.eval((VENDOR / "d3.min.js").read_text(encoding="utf-8"))
    made.eval(NEWER)
    used = [name for name in SCRIPTS if name.startswith(("lab/", "xray/")) or name in USED]
    made.eval(document.script_of(used) + OF_PAGE)
    return made


def called(function: str, *arguments: Any) -> Any:
    given = ", ".join(json.dumps(plain(argument)) for argument in arguments)
    return json.loads(scripts().eval(f"JSON.stringify({function}({given}))"))


def task_of(config: Config) -> Task:
    return build_task(config, *points_of(config))


def recorded(config: Config, frames: list[State]) -> dict[str, Any]:
    """What the page knows of the recorded steps."""
    task = task_of(config)
    steps, arrays = xray(task, frames)
    layers = [
        {
            "inputs": one.inputs,
            "units": one.units,
            "bias": one.bias,
            "activation": one.activation,
            "dropout": one.dropout,
        }
        for one in layers_of(task) or []
    ]
    return {
        "layers": layers, "live": live_data(config), "xray": steps, "task": task.task_type,
        "points": {"of_train": len(task.train)}, "class_names": ["class 0", "class 1", "class 2", "class 3"],
        "arrays": {name: {"shape": array.shape, "values": array.reshape(-1)} for name, array in arrays.items()},
    }  # fmt: skip


def steps_of(config: Config, frames: list[State], chosen: Any = None) -> Any:
    """By recorded step and point, the wrongest first, what ``told`` tells."""
    return called("linesOf", recorded(config, frames), chosen)


def flat(arrays: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([array.reshape(-1) for array in arrays.values()])


# -- the lines, read as arithmetic ------------------------------------------------------------------------------------

FUNCTIONS = {
    "max": max,
    "min": min,
    "abs": abs,
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "gelu": lambda z: z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "ln": math.log,
    "sqrt": math.sqrt,
    "exp": math.exp,
}
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def value_of(text: str) -> float:
    """What a line's numbers come to, as Python reckons."""
    text = re.sub(r" \([\d,]+ more\)", "", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"e{found[1].translate(PLAIN)}", text)
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    for sign, by in {"−": "-", "·": "*", "²": "**2", "³": "**3", "√": "sqrt", "^": "**"}.items():
        text = text.replace(sign, by)
    return float(eval(text, {"__builtins__": {}}, dict(FUNCTIONS)))


def assert_lines_add_up(point: dict[str, Any]) -> None:
    """The left side of each line is its right side, but for the rounding of four digits."""
    checked = 0
    for line in (line for card in point["cards"] for line in card):
        if " = " not in line["numbers"]:
            continue
        left, right = line["numbers"].removesuffix(", unchanged").split(" = ")
        left = left.rpartition(", so ")[2]
        size = abs(value_of(left.replace("−", "+"))) if "ln" not in left else 1.0
        assert value_of(left) == pytest.approx(value_of(right), rel=1e-3, abs=2e-3 * size + 1e-4 * ("ln" in left)), line
        checked += 1
    assert checked > 4


def result_of(point: dict[str, Any], card: int, symbols: str) -> float:
    """The number that the last of a card's lines beginning with these symbols comes to."""
    found = [line for line in point["cards"][card] if line["symbols"].startswith(symbols)]
    return value_of(found[-1]["numbers"].removesuffix(", unchanged").rpartition(" = ")[2].rpartition("so ")[2])


def named_weights(state: State) -> list[tuple[str, tuple[int, ...], str]]:
    """Each weight's array, index, and name in the text."""
    found = []
    single = len({name.split(".")[1] for name in state.weights}) == 1
    for name, weight in state.weights.items():
        layer = int(name.split(".")[1]) + 1
        for index in np.ndindex(weight.shape):
            places = [layer, *(i + 1 for i in index)]
            if single and weight.shape[0] == 1:
                symbols = "b" if name.endswith("bias") else "w" if weight.size == 1 else f"w{places[-1]}"
            else:
                symbols = ("b" if name.endswith("bias") else "w") + ".".join(map(str, places))
            found.append((name, index, symbols))
    return found


PAIRS = [(problem, "sgd") for problem in PROBLEMS] + [("xor", optimizer) for optimizer in OPTIMIZERS]


@pytest.mark.parametrize("pair", quick_of(dict.fromkeys(PAIRS), ("xor", "sgd"), ("xor", "adam")))
def test_the_lines_add_up_and_lead_to_the_next_state(pair: tuple[str, str]) -> None:
    """All points in one batch, so that each frame is one step after the one before."""
    problem, optimizer = pair
    config = configured(
        *PROBLEMS[problem], *OPTIMIZERS[optimizer], "dataset.batch_size=null", "epochs=3", "precision=64"
    )
    frames = film_of(task_of(config), "by_hand")
    steps = steps_of(config, frames)
    assert [points[0]["number"] for points in steps] == [1, 2, 3]
    for number, points in enumerate(steps):
        following = frames[number + 1]
        losses = [point["loss"] for point in points]
        assert losses == sorted(losses, reverse=True)
        for point in points:
            assert_lines_add_up(point)
        np.testing.assert_allclose(points[0]["after"], flat(following.weights), rtol=0, atol=1e-12)
        for name, index, symbols in named_weights(following):
            moved = result_of(points[0], 2, f"{symbols} ←")
            assert moved == pytest.approx(float(following.weights[name][index]), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("problem", quick_of(PROBLEMS, "circle", "classes"))
def test_the_products_of_a_point_are_torchs_gradients_and_the_scalar_engines(problem: str) -> None:
    config = configured(*PROBLEMS[problem], "precision=64", "epochs=1")
    task = task_of(config)
    frame = first_state(task)
    batch = task.train[task.batches(1)[0]]
    for point in steps_of(config, [frame])[0]:
        i = next(i for i in range(len(batch)) if batch.x[i].tolist() == point["x"] and batch.y[i] == point["y"])
        network = network_of(task, frame)
        one = batch[np.array([i])]
        loss_of(task)(network(torch.from_numpy(one.x)), torch.from_numpy(one.y)).backward()
        rung = Scalar(task, frame)
        loss = rung.loss_of(rung.forward(one.x[0].tolist()), one.y.item())
        loss.backward()
        assert point["loss"] == pytest.approx(loss.data, rel=1e-9, abs=1e-12)
        assert result_of(point, 0, "loss = ") == pytest.approx(loss.data, rel=1e-3, abs=1e-6)
        gradients = [weight.grad for weight in network.parameters()]
        by_torch = np.concatenate([gradient.reshape(-1).numpy() for gradient in gradients if gradient is not None])
        by_values = np.concatenate([[value.grad for value in rung.values[name]] for name in frame.weights])
        np.testing.assert_allclose(point["gradient"], by_torch, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(point["gradient"], by_values, rtol=1e-9, atol=1e-12)
        for (_, _, symbols), gradient in zip(named_weights(frame), point["gradient"], strict=True):
            assert result_of(point, 1, f"∂loss/∂{symbols} =") == pytest.approx(gradient, rel=6e-4, abs=1e-12)


# -- the chain --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", ["circle", "deep", "classes", "line"])
def test_the_chain_leads_along_one_path_to_the_largest_gradient_of_layer_1(problem: str) -> None:
    config = configured(*PROBLEMS[problem], "precision=64", "epochs=1")
    frame = first_state(task_of(config))
    first = frame.weights["layers.0.weight"]
    for point in steps_of(config, [frame])[0]:
        of_layer_1 = np.abs(np.array(point["gradient"][: first.size]))
        assert of_layer_1[point["path"]["place"]] == of_layer_1.max()
        (_, forward), (_, back), (_, update) = point["chain"]
        assert [line["unit"][0] for line in forward if line["kind"] == "sum"] == list(range(len(frame.weights) // 2))
        assert back[-1]["kind"] == "gradient"
        assert value_of(back[-1]["numbers"].rpartition(" = ")[2]) == pytest.approx(
            point["gradient"][point["path"]["place"]], rel=1e-3, abs=1e-12
        )
        assert update[-1]["symbols"].startswith(back[-1]["symbols"].split(" = ")[0].removeprefix("∂loss/∂"))
        nudged, chained = re.findall(r"(?:rate of|gives) ([^;]+?)[;.]?(?= the|$)", point["nudge"])
        if "relu" not in str(config.model.knobs):
            assert value_of(nudged) == pytest.approx(value_of(chained), rel=2e-3, abs=1e-6)


def test_the_chain_goes_through_the_chosen_unit() -> None:
    config = configured(*PROBLEMS["deep"], "precision=64", "epochs=1")
    frame = first_state(task_of(config))
    for unit in ([0, 2], [1, 0], [1, 1]):
        point = steps_of(config, [frame], unit)[0][0]
        assert point["path"]["units"][unit[0]] == unit[1]
        assert f"h{unit[0] + 1}.{unit[1] + 1}" in point["chain"][1][1][-3]["symbols"] or unit[0] == 1
        assert any(line["unit"] == unit for line in point["chain"][0][1])


def test_a_new_weight_has_as_many_digits_as_its_change_needs() -> None:
    config = configured("dataset=xor", "optimizer.lr=1e-6", "epochs=1", "precision=64")
    frame = first_state(task_of(config))
    point = steps_of(config, [frame])[0][0]
    updates = [line for line in point["cards"][2] if line["kind"] == "update"]
    assert len(updates) == len(point["before"])
    for line in updates:
        before, after = point["before"][line["place"]], point["after"][line["place"]]
        was, now = line["marks"]
        if before == after:
            assert line["numbers"].endswith(", unchanged")
            continue
        assert was != now
        assert value_of(now) - value_of(was) == pytest.approx(after - before, rel=0.1)


# -- steps that the page makes itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "overrides",
    [
        ("dataset.n_samples=100", "optimizer=adam", "schedule=cosine", "model.hidden=3"),
        ("dataset.n_samples=100", "model.dropout=0.3", "model.hidden=[4,3]", "optimizer.momentum=0.9"),
        ("dataset=blobs", "dataset.n_samples=60", "penalty=l2", "optimizer.clip_norm=0.1", "dataset.batch_size=7"),
    ],
    ids=["adam", "dropout", "blobs"],
)
def test_any_step_of_a_training_and_any_point(overrides: tuple[str, ...]) -> None:
    config = configured(*overrides, "epochs=60", "precision=64")
    task = task_of(config)
    numbers = [1, 2, 7, 60 * task.steps_per_epoch - 1, 60 * task.steps_per_epoch]
    live = live_data(config)
    told = called("stepsOf", live["config"], live, numbers)
    frames = film_of(task, "by_hand")
    for number, points in zip(numbers, told, strict=True):
        assert [point["number"] for point in points] == [number] * len(points)
        if number % task.steps_per_epoch == 0:
            after = flat(frames[number // task.steps_per_epoch].weights)
            np.testing.assert_allclose(points[0]["after"], after, rtol=0, atol=1e-11)
        if number % task.steps_per_epoch == 1:
            before = flat(frames[number // task.steps_per_epoch].weights)
            np.testing.assert_allclose(points[0]["before"], before, rtol=0, atol=1e-11)
        for point in points:
            assert_lines_add_up(point)
        if len(points) > 1:
            assert not points[1]["isInBatch"]
            assert "of which this is none" in str(points[1]["cards"][2])


# -- what a step may have besides -------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", ["null", "1"])
def test_dropout_has_its_masks_in_the_lines(batch_size: str) -> None:
    """Those of the step: with them the lines add up, and lead to the engine's next weights."""
    config = configured(
        "dataset=xor", "model.hidden=[4,3]", "model.dropout=0.4", "model.activation=tanh", "epochs=3", "precision=64",
        f"dataset.batch_size={batch_size}", "dataset.shuffle=false",
    )  # fmt: skip
    frames = film_of(task_of(config), "by_hand")
    points = steps_of(config, frames)[0]
    masks = [line for point in points for line in point["cards"][0] if line["kind"] == "dropout"]
    assert {line["numbers"].split("·")[0] for line in masks} == {"0", "1.667"}
    for point in points:
        assert_lines_add_up(point)
    if batch_size == "null":
        np.testing.assert_allclose(points[0]["after"], flat(frames[1].weights), rtol=0, atol=1e-12)


def test_the_schedule_and_the_penalty_have_lines() -> None:
    config = configured(
        "dataset=xor", "model.hidden=2", "penalty=l2", "penalty.strength=0.05", "schedule=step", "schedule.epochs=9",
        "schedule.every_n_epochs=1", "optimizer.lr=0.3", "epochs=4",
    )  # fmt: skip
    frames = film_of(task_of(config))
    for points, rate in zip(steps_of(config, frames), ["0.3", "0.15", "0.075", "0.0375"], strict=True):
        lines = points[0]["cards"][2]
        assert lines[0]["numbers"].endswith(f" = {rate}")
        update = next(line for line in lines if line["symbols"].startswith("w1.1.1 ←"))
        assert f"{rate}·" in update["numbers"]
        (added,) = [line for line in lines if line["kind"] == "penalty" and line["place"] == 0]
        assert added["symbols"] == "g ← g + 2·strength·w1.1.1"
        of_loss, total = points[0]["mean"][0], value_of(added["numbers"].split(" = ")[1])
        assert total - of_loss == pytest.approx(2 * 0.05 * points[0]["before"][0], rel=1e-2)
        biases = [4, 5, 8]
        assert not [line for line in lines if line["kind"] == "penalty" and line["place"] in biases]


def test_clipping_has_lines_where_it_happens() -> None:
    def lines(limit: float) -> Any:
        config = configured("dataset=xor", f"optimizer.clip_norm={limit}", "epochs=1")
        return steps_of(config, film_of(task_of(config)))[0][0]["cards"][2]

    assert not [line for line in lines(100) if line["kind"] == "clip"]
    norm, factor = (value_of(line["numbers"].split(" = ")[-1]) for line in lines(0.01)[:2])
    assert factor == pytest.approx(0.01 / norm, rel=1e-3)
    assert norm > 0.01


CUBIC = """
def value(z):
    return z * z * z

def slope(z, a):
    return 3.0 * z * z
"""


def test_options_of_a_users_own_are_said_by_their_formulas(tmp_path: Path) -> None:
    with (
        own_option(tmp_path / "one", "optimizer", "sign", SIGN, pace=0.01),
        own_option(tmp_path / "two", "activation", "cubic", CUBIC),
    ):
        config = configured(
            "dataset=xor", "model.hidden=2", "model.activation=cubic", "optimizer=sign", "epochs=2", "precision=64"
        )
        frames = film_of(task_of(config), "by_hand")
        point = steps_of(config, frames)[0][0]
        assert live_data(config)["code"]["activation"]["cubic"]["slope"].startswith("def slope(z, a):")
    said = [line["symbols"] for card in point["cards"] for line in card]
    assert "∂h1.2/∂z1.2 = 3·z1.2²" in said
    assert "h1.2 = cubic(z1.2)" in said
    assert "w1.1.1 ← w1.1.1 − pace·((1 if g > 0, else 0) − (1 if g < 0, else 0))" in said
    np.testing.assert_allclose(point["after"], flat(frames[1].weights), rtol=0, atol=1e-12)


# -- which steps and points -------------------------------------------------------------------------------------------


def test_ten_steps_over_the_whole_run_and_eight_points_of_each() -> None:
    config = configured("dataset.n_samples=100", "epochs=30")
    task = task_of(config)
    steps, arrays = xray(task, film_of(task))
    assert len(steps["steps"]) == 10
    assert (steps["steps"][0]["frame"], steps["steps"][-1]["frame"]) == (0, 29)  # no step follows the last frame
    for step, x in zip(steps["steps"], arrays["xray/x"], strict=True):
        batch = task.train[task.batches(step["epoch"])[0]]
        assert step["batch"] == 32
        assert x.tolist() == batch.x[:8].tolist()


def test_an_interrupted_run_has_the_step_that_it_would_take_next() -> None:
    task = task_of(configured("dataset=xor", "epochs=3"))
    frames = film_of(task)
    longer = task_of(configured("dataset=xor", "epochs=9"))
    assert [step["step"] for step in xray(longer, frames)[0]["steps"]] == [1, 2, 3, 4]
    only_last = xray(task, frames[-1:])[0]
    assert only_last["steps"] == []
    assert "no frame that is followed by a step" in only_last["reason"]


def test_a_wide_network_is_cut_to_its_largest_terms_which_still_add_up() -> None:
    config = configured("dataset.n_samples=100", "model.hidden=[40,20]", "epochs=1")
    frame = first_state(task_of(config))
    for point in steps_of(config, [frame], [0, 33])[0]:
        assert_lines_add_up(point)
        lines = [line for card in point["cards"] for line in card]
        units = {line["unit"][1] for line in lines if line["unit"] and line["unit"][0] == 0}
        assert 33 in units  # the chosen one
        assert len(units) in (8, 9)
        assert f"{40 - len(units)} more units of layer 1, on which this point's loss depends less" in [
            line["symbols"] for line in lines
        ]
        assert all(len(line["numbers"]) < 400 for line in lines)


def test_what_cannot_be_computed_gets_a_reason_instead(tmp_path: Path) -> None:
    with gated_film(tmp_path) as (task, frames):
        steps, arrays = xray(task, frames)
    assert (steps["steps"], arrays) == ([], {})
    assert steps["reason"].startswith("model=gate is not sequential")
    huge = task_of(configured("dataset.n_samples=40", "model.hidden=[200,200]", "epochs=1"))
    assert xray(huge, [first_state(huge)])[0]["reason"] == "41,001 weights are too many for an X-ray."


# Formulas that arrays and tensors can compute, and that cannot be written down.
ODD = {
    "loss": """
from backprop_lab.options.loss import Form

def value(z, y):
    return (z - y).clip(-9.0, 9.0) ** 2

def slope(z, y):
    return 2.0 * (z - y).clip(-9.0, 9.0)

FORMS = {"regression": Form(value, slope, "value", lambda y: 1.0)}
""",
    "penalty": """
def value(w):
    return w.clip(-9.0, 9.0) * w

def slope(w):
    return 2.0 * w.clip(-9.0, 9.0)
""",
    "schedule": """
import math

def factor(step, steps, **_):
    return math.erf(1 + step / steps)
""",
}


@pytest.mark.parametrize("group", ODD)
def test_an_option_whose_formulas_cannot_be_written_down_has_a_page_and_a_reason(
    tmp_path: Path, open_page: OpenPage, group: str
) -> None:
    with own_option(tmp_path / "mine", group, "odd", ODD[group]):
        run = Run(tmp_path / "run")
        typed = ["dataset=linear", f"{group}=odd", "epochs=2", "engine=by_hand", "logger=none", "callbacks=[frames]"]
        experiment.train(configured(*typed), run, typed, Silent(), keep_points=True, began=time.monotonic())
        assert run.status == "finished", run.summary
        run_page.write(run)
        said = open_page(run.report_file).inner_text("#xray-content")
    assert said == f"The formulas of {group}=odd could not be written down, so its steps have no X-ray."


def test_numbers_of_a_run_that_diverges_are_said_as_what_they_are() -> None:
    config = configured("dataset=linear", "model=single_layer", "optimizer.lr=1", "optimizer.momentum=0.9", "epochs=40")
    text = json.dumps(steps_of(config, film_of(task_of(config))), ensure_ascii=False)
    assert "infinite" in text or "·10³" in text


# -- the code beside the lines ----------------------------------------------------------------------------------------


def test_each_kind_of_line_has_its_code() -> None:
    shown = code()
    assert set(shown["marks"]) == set(MARKS)
    for kind, (name, first, last) in shown["marks"].items():
        lines = shown["sources"][name]["text"].split("\n")[first : last + 1]
        assert lines[0].strip().startswith(MARKS[kind][1])
    for name, (file, function) in SOURCES.items():
        assert Path(function.__code__.co_filename).as_posix().endswith(file)
        assert '"""' not in shown["sources"][name]["text"]


def test_every_line_of_every_problem_is_of_a_kind_that_has_code_or_needs_none() -> None:
    config = configured(
        "dataset=xor", "model.dropout=0.4", "penalty=l1", "optimizer=adam", "optimizer.clip_norm=0.01",
        "schedule=cosine", "epochs=2",
    )  # fmt: skip
    points = steps_of(config, film_of(task_of(config)))[0]
    kinds = {line["kind"] for point in points for card in point["cards"] for line in card}
    assert kinds - set(MARKS) == {"probability", "rate"}


def test_the_code_of_an_option_without_a_text_is_left_out() -> None:
    assert source_of(eval("lambda z: z")) == ""
