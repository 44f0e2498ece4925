"""The X-ray's numbers are torch's, the scalar engine's, and each other's."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backprop_lab.engines.scalar import Scalar
from backprop_lab.options.activation import tanh
from backprop_lab.options.text import number, sum_of
from backprop_lab.report.run.xray.one_point import Pass, pass_of
from backprop_lab.report.run.xray.xray import xray
from backprop_lab.training.chain import Layer, layers_of
from backprop_lab.training.first_state import first_state
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from conftest import quick_of
from report.films import SIGN, film_of, gated_film, own_option, task_of, with_option

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

# -- the lines, read as arithmetic ------------------------------------------------------------------------------------

FUNCTIONS = {
    "max": max,
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "gelu": lambda z: z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "ln": math.log,
    "sqrt": math.sqrt,
}
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def value_of(text: str) -> float:
    """What a line's numbers come to, as Python reckons."""
    text = re.sub(r" \([\d,]+ more\)", "", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"e{found[1].translate(PLAIN)}", text)
    for sign, plain in {"−": "-", "·": "*", "²": "**2", "√": "sqrt"}.items():
        text = text.replace(sign, plain)
    return float(eval(text, {"__builtins__": {}}, dict(FUNCTIONS)))


def lines_of(point: dict[str, Any], card: int | None = None) -> list[dict[str, Any]]:
    cards = point["cards"] if card is None else [point["cards"][card]]
    return [line for card in cards for line in card["lines"]]


def result_of(point: dict[str, Any], card: int, symbols: str) -> float:
    """The number that the last of a card's lines beginning with these symbols comes to."""
    found = [line for line in lines_of(point, card) if line["symbols"].startswith(symbols)]
    return value_of(found[-1]["numbers"].split(" = ")[-1])


def assert_lines_add_up(point: dict[str, Any]) -> None:
    """The left side of each line is its right side, but for the rounding of four digits."""
    for line in lines_of(point):
        is_product = " = " in line["numbers"] and (", " not in line["numbers"] or "max(" in line["numbers"])
        if not is_product:
            continue
        left, right = line["numbers"].split(" = ")
        size = abs(value_of(left.replace("−", "+")))
        assert value_of(left) == pytest.approx(value_of(right), rel=1e-3, abs=2e-3 * size + 1e-4 * ("ln" in left)), line


PAIRS = [(problem, "sgd") for problem in PROBLEMS] + [("xor", optimizer) for optimizer in OPTIMIZERS]


@pytest.mark.parametrize("pair", quick_of(dict.fromkeys(PAIRS), ("xor", "sgd"), ("xor", "adam")))
def test_the_lines_add_up_and_lead_to_the_next_state(pair: tuple[str, str]) -> None:
    problem, optimizer = pair
    """All points in one batch, so that each frame is one step after the one before."""
    task = task_of(*PROBLEMS[problem], *OPTIMIZERS[optimizer], "dataset.batch_size=null", "epochs=3")
    frames = film_of(task)
    picture = xray(task, frames)
    assert picture["reason"] is None
    assert picture["difference"] < 2e-6
    assert [(step["frame"], step["epoch"], step["step"]) for step in picture["steps"]] == [
        (0, 1, 1),
        (1, 2, 2),
        (2, 3, 3),
    ]
    for step in picture["steps"]:
        following = frames[step["frame"] + 1]
        for point in step["points"]:
            assert_lines_add_up(point)
        for name, index, symbols in named_weights(following):
            moved = result_of(step["points"][0], 3, f"{symbols} ←")
            assert moved == pytest.approx(float(following.weights[name][index]), rel=1e-3, abs=1e-6)


def layers(task: Task) -> Sequence[Layer]:
    found = layers_of(task)
    assert found is not None
    return found


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


# -- the products that lead back --------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))
def test_the_products_of_a_point_are_torchs_gradients_and_the_scalar_engines(problem: list[str]) -> None:
    task = task_of(*problem, "precision=64", "epochs=1")
    frame = first_state(task)
    picture = xray(task, [frame])
    batch = task.train[task.batches(1)[0]]
    for i, point in enumerate(picture["steps"][0]["points"]):
        assert (point["x"], point["y"]) == (batch.x[i].tolist(), batch.y[i])
        network = network_of(task, frame)
        one = batch[np.array([i])]
        loss_of(task)(network(torch.from_numpy(one.x)), torch.from_numpy(one.y)).backward()
        rung = Scalar(task, frame)
        loss = rung.loss_of(rung.forward(one.x[0].tolist()), one.y.item())
        loss.backward()
        assert result_of(point, 0, "loss = ") == pytest.approx(loss.data, rel=1e-3, abs=1e-6)
        exact = pass_of(task, layers(task), frame, batch.x[i], batch.y[i])
        torchs = {name: weight.grad for name, weight in network.named_parameters()}
        for name, index, symbols in named_weights(frame):
            by_torch = torchs[name]
            assert by_torch is not None
            of_value = np.array([value.grad for value in rung.values[name]]).reshape(frame.weights[name].shape)
            assert of_value[index] == pytest.approx(by_torch[index].item(), rel=1e-9, abs=1e-12)
            assert exact.gradients[name][index] == pytest.approx(of_value[index], rel=1e-9, abs=1e-12)
            shown = result_of(point, 2, f"∂loss/∂{symbols} =")
            assert shown == pytest.approx(of_value[index], rel=6e-4, abs=1e-12)


def test_names_of_a_network_with_hidden_units_are_explained() -> None:
    def first_line(*overrides: str) -> Any:
        task = task_of("dataset=linear", "epochs=1", *overrides)
        return lines_of(xray(task, [first_state(task)])["steps"][0]["points"][0])[0]

    assert first_line("model.hidden=2")["symbols"].endswith("h1.3 its output; f the network's prediction")
    assert first_line("model=single_layer")["symbols"] == "f = w·x + b"


def test_a_wrong_derivative_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of("dataset=xor", "model.activation=tanh", "epochs=1")
    monkeypatch.setattr(tanh, "slope", lambda z, a: 1 - a)
    assert xray(task, [first_state(task)])["difference"] > 1e-3


@pytest.mark.parametrize("batch_size", ["null", "1"])
def test_dropout_has_its_masks_in_the_lines(batch_size: str) -> None:
    """Those of the step: with them the lines add up, and lead to the engine's next weights."""
    task = task_of(
        "dataset=xor", "model.hidden=[4,3]", "model.dropout=0.4", "model.activation=tanh", "epochs=3",
        f"dataset.batch_size={batch_size}", "dataset.shuffle=false",
    )  # fmt: skip
    frames = film_of(task)
    picture = xray(task, frames)
    assert picture["difference"] < 2e-6
    masks = [
        line for point in picture["steps"][0]["points"] for line in lines_of(point, 0) if " = m·" in line["symbols"]
    ]
    assert {line["numbers"].split("·")[0] for line in masks} == {"0", "1.667"}
    for point in picture["steps"][0]["points"]:
        assert_lines_add_up(point)
        for layer in (1, 2):
            for unit in range(1, 5 - layer + 1):
                kept = next(line for line in lines_of(point, 0) if line["symbols"].startswith(f"d{layer}.{unit} ="))
                slope = result_of(point, 2, f"∂loss/∂z{layer}.{unit} =")
                assert slope == 0 or not kept["numbers"].startswith("0·")
    if batch_size == "null":
        for name, index, symbols in named_weights(frames[1]):
            moved = result_of(picture["steps"][0]["points"][0], 3, f"{symbols} ←")
            assert moved == pytest.approx(float(frames[1].weights[name][index]), rel=1e-3, abs=1e-6)


def test_the_schedule_and_the_penalty_have_lines() -> None:
    task = task_of(
        "dataset=xor", "model.hidden=2", "penalty=l2", "penalty.strength=0.05", "schedule=step", "schedule.epochs=9",
        "schedule.every_n_epochs=1", "optimizer.lr=0.3", "epochs=4",
    )  # fmt: skip
    frames = film_of(task)
    picture = xray(task, frames)
    for step, rate in zip(picture["steps"], ["0.3", "0.15", "0.075", "0.0375"], strict=True):
        point = step["points"][0]
        assert lines_of(point, 3)[0]["numbers"].endswith(f" = {rate}")
        update = next(line for line in lines_of(point, 3) if line["symbols"].startswith("w1.1.1 ←"))
        assert f" − {rate}·" in update["numbers"]
        weights = frames[step["frame"]].weights["layers.0.weight"]
        added = [line for line in lines_of(point, 3) if line["symbols"] == "g ← g + ∂penalty/∂w1.1.1"]
        (text,) = {line["numbers"] for line in added}
        of_loss, total = value_of(re.sub(r" [+−] \S+$", "", text.split(" = ")[0])), value_of(text.split(" = ")[1])
        assert total - of_loss == pytest.approx(2 * 0.05 * float(weights[0, 0]), rel=1e-2)
        assert not [line for line in lines_of(point, 3) if line["symbols"].startswith("g ← g + ∂penalty/∂b")]


def test_clipping_has_lines_where_it_happens() -> None:
    free, tight = (
        xray(task, film_of(task))["steps"][0]["points"][0]
        for task in (task_of("dataset=xor", f"optimizer.clip_norm={limit}", "epochs=1") for limit in (100, 0.01))
    )
    assert not [line for line in lines_of(free, 3) if "clip_norm" in line["symbols"] or "factor" in line["symbols"]]
    norm, factor = (value_of(line["numbers"].split(" = ")[-1]) for line in lines_of(tight, 3)[:2])
    assert factor == pytest.approx(0.01 / norm, rel=1e-3)
    assert norm > 0.01


def test_an_optimizer_without_words_gets_its_new_weight(tmp_path: Path) -> None:
    with own_option(tmp_path, "optimizer", "sign", SIGN):
        task = with_option(task_of("dataset=xor", "model.hidden=2", "epochs=2"), "optimizer", "sign", pace=0.01)
        frames = film_of(task)
        point = xray(task, frames)["steps"][0]["points"][0]
    for name, index, symbols in named_weights(frames[1]):
        line = next(line for line in lines_of(point, 3) if line["symbols"].startswith(f"{symbols} ←"))
        assert line["symbols"] == f"{symbols} ← update of optimizer=sign for {symbols} and g"
        assert value_of(line["numbers"]) == pytest.approx(float(frames[1].weights[name][index]), rel=1e-3)


CUBIC = """
def value(z):
    return z * z * z

def slope(z, a):
    return 3.0 * z * z
"""


def test_an_activation_without_words_gets_its_slope(tmp_path: Path) -> None:
    with own_option(tmp_path, "activation", "cubic", CUBIC):
        task = task_of("dataset=xor", "model.hidden=2", "model.activation=cubic", "epochs=1")
        frame = first_state(task)
        picture = xray(task, [frame])
        assert picture["difference"] < 1e-6
        point, x = picture["steps"][0]["points"][1], task.train.x[1]
    z = frame.weights["layers.0.weight"] @ x + frame.weights["layers.0.bias"]
    assert result_of(point, 0, "h1.2 = cubic(z1.2)") == pytest.approx(float(z[1]) ** 3, rel=1e-3)
    assert result_of(point, 1, "∂h1.2/∂z1.2") == pytest.approx(3 * float(z[1]) ** 2, rel=1e-3)


def test_a_batch_of_one_point_is_that_point() -> None:
    task = task_of("dataset=xor", "dataset.batch_size=1", "epochs=1")
    point = xray(task, [first_state(task)])["steps"][0]["points"][0]
    assert lines_of(point, 3)[0]["symbols"] == "g = ∂loss/∂w1.1.1, the batch being this point"
    assert_lines_add_up(point)


# -- which steps and points -------------------------------------------------------------------------------------------


def test_ten_steps_over_the_whole_run_and_eight_points_of_each() -> None:
    task = task_of("dataset.n_samples=100", "epochs=30")
    frames = film_of(task)
    steps = xray(task, frames)["steps"]
    assert len(steps) == 10
    assert (steps[0]["frame"], steps[-1]["frame"]) == (0, 29)  # no step follows the last frame
    for step in steps:
        batch = task.train[task.batches(step["epoch"])[0]]
        assert step["batch"] == 32
        assert [point["x"] for point in step["points"]] == batch.x[:8].tolist()
    assert steps[0]["points"][2]["title"].startswith("point 3 of 32: x1 = ")


def test_an_interrupted_run_has_the_step_that_it_would_take_next() -> None:
    task = task_of("dataset=xor", "epochs=3")
    frames = film_of(task)
    picture = xray(replace(task, epochs=9), frames)
    assert [step["step"] for step in picture["steps"]] == [1, 2, 3, 4]
    only_last = xray(task, frames[-1:])
    assert only_last["steps"] == []
    assert "no frame that is followed by a step" in only_last["reason"]


# -- larger, and unusual networks -------------------------------------------------------------------------------------


def test_a_wide_network_is_cut_to_its_largest_terms_which_still_add_up() -> None:
    task = task_of("dataset.n_samples=100", "model.hidden=[40,20]", "epochs=1")
    picture = xray(task, [first_state(task)])
    assert picture["difference"] < 1e-5
    points = picture["steps"][0]["points"]
    assert len(points) == 3
    for point in points:
        assert_lines_add_up(point)
        units = {line["unit"] for line in lines_of(point)} - {None}
        assert len([unit for unit in units if unit.startswith("1.")]) == 8
        said = [line["symbols"] for line in lines_of(point)]
        assert "32 more units of layer 1, on which this point's loss depends less" in said
        assert all(len(line["numbers"]) < 400 for line in lines_of(point))
    assert len(json.dumps(picture)) < 500_000


def test_a_model_of_a_users_own_gets_a_reason_instead(tmp_path: Path) -> None:
    with gated_film(tmp_path) as (task, frames):
        picture = xray(task, frames)
    assert picture["steps"] == []
    assert picture["difference"] is None
    assert picture["reason"].startswith("model=gate is not sequential")


def test_numbers_of_a_run_that_diverges_are_said_as_what_they_are() -> None:
    task = task_of("dataset=linear", "model=single_layer", "optimizer.lr=1", "optimizer.momentum=0.9", "epochs=40")
    picture = xray(task, film_of(task))
    text = json.dumps(picture, allow_nan=False, ensure_ascii=False)
    assert "∞" in text
    assert "NaN" in text


# -- the computation graph --------------------------------------------------------------------------------------------


def test_a_small_network_has_the_computation_graph_of_each_point() -> None:
    task = task_of("dataset=xor", "model.hidden=2", "epochs=1")
    frame = first_state(task)
    points = xray(task, [frame])["steps"][0]["points"]
    exact: list[Pass] = [
        pass_of(task, layers(task), frame, x, y) for x, y in zip(task.train.x, task.train.y, strict=True)
    ]
    for point, one in zip(points, exact, strict=True):
        graph = point["graph"]
        assert graph.startswith("<svg")
        texts = re.findall(r"<text [^>]*>([^<]*)</text>", graph)
        for name, index, symbols in named_weights(frame):
            at = texts.index(symbols)
            assert texts[at + 1] == f"data {frame.weights[name][index]:.4f}"
            assert float(texts[at + 2].removeprefix("grad ")) == pytest.approx(one.gradients[name][index], abs=6e-5)
        assert texts[texts.index("loss") + 1] == f"data {one.loss:.4f}"
        for symbols, value in {"h1.1": one.values[0][0], "h1.2": one.values[0][1], "z": one.output}.items():
            assert float(texts[texts.index(symbols) + 1].removeprefix("data ")) == pytest.approx(value, abs=6e-5)
        assert {"x1", "x2"} <= set(texts)


def test_a_graph_of_more_than_60_nodes_is_left_out() -> None:
    def graph(*overrides: str) -> Any:
        task = task_of("dataset=xor", *overrides, "epochs=1")
        return xray(task, [first_state(task)])["steps"][0]["points"][0]["graph"]

    assert graph("model.hidden=4") is not None
    assert graph("model.hidden=8") is None
    assert graph("model.hidden=64") is None


# -- numbers as text --------------------------------------------------------------------------------------------------


def test_numbers_have_four_digits_and_a_true_minus() -> None:
    values = {
        0.0: "0", 0.41: "0.41", -0.123456: "−0.1235", 1234.5: "1,234", 250.0: "250", 99999.5: "100,000",
        1e-4: "0.0001", 9.87654e-5: "9.877·10⁻⁵", -1e-300: "−1·10⁻³⁰⁰", 1e6: "1·10⁶", math.nan: "NaN",
        math.inf: "∞", -math.inf: "−∞",
    }  # fmt: skip
    assert {value: number(value) for value in values} == values
    assert number(-0.0) == "0"


def test_a_sum_takes_the_signs_of_its_terms() -> None:
    assert sum_of([("a·b", (-1.5, -2.0)), ("c", (-3.0,)), ("d·e", (0.5, 2.0))]) == (
        "a·b + c + d·e",
        "−1.5·(−2) − 3 + 0.5·2",
    )
    symbols, numbers = sum_of([(f"w{i}", (float(i),)) for i in range(20)])
    assert symbols == "w12 + w13 + w14 + w15 + w16 + w17 + w18 + w19 + … (12 more)"
    assert numbers.endswith(" + 66 (12 more)")
