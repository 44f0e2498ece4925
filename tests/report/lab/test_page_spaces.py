"""Where the page puts the plane in the space of a layer, against NumPy."""

import functools
import json
from typing import Any

import numpy as np
import pytest
import quickjs

from backprop_lab.report import document
from backprop_lab.report.document import VENDOR
from backprop_lab.report.option_formulas import option_formulas
from backprop_lab.training.chain import layers_of
from backprop_lab.training.first_state import first_state
from backprop_lab.training.forward import forward
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task
from conftest import configured
from report.javascript import LAB, flat

SPACES = """
function spacesOf(layers, formulas, w, x) {
  const points = { x: Float64Array.from(x.flat()), n: x.length, inputs: layers[0].inputs };
  const outputs = hiddenOutputs(new Network(layers, formulas, 16), Float64Array.from(w), points);
  return outputs.map((units) => {
    const axes = strongestAxes(units);
    const plain = (rows) => rows.map((row) => Array.from(row));
    return { units: plain(units), axes, along: plain(alongAxes(units, axes)) };
  });
}
"""


@functools.cache
def context() -> quickjs.Context:
    made = quickjs.Context()
    made.eval((VENDOR / "d3.min.js").read_text(encoding="utf-8"))
    made.eval(document.script_of(LAB) + SPACES)
    return made


def called(function: str, *arguments: Any) -> Any:
    given = ", ".join(json.dumps(document.plain(argument)) for argument in arguments)
    return json.loads(context().eval(f"JSON.stringify({function}({given}))"))


@pytest.mark.parametrize("hidden", ["[5,3]", "[8]", "[2,4]"])
def test_outputs_and_strongest_directions_are_numpys(hidden: str) -> None:
    config = configured("dataset=moons", f"model.hidden={hidden}", "model.activation=tanh", "precision=64")
    task = build_task(config, *points_of(config))
    state, found = first_state(task), layers_of(task) or []
    x = task.train.x[:60]
    at = np.cumsum([0, *(layer.units * (layer.inputs + 1) for layer in found)])
    layers = [
        {"inputs": layer.inputs, "units": layer.units, "bias": True, "activation": layer.activation, "at": int(place)}
        for layer, place in zip(found, at, strict=False)
    ]
    passed = forward(found, state.weights, x)
    spaces: list[dict[str, Any]] = called("spacesOf", layers, option_formulas(config), flat(state), x)
    for space, values in zip(spaces, passed.values[:-1], strict=True):
        np.testing.assert_allclose(np.array(space["units"]).T, values, rtol=0, atol=1e-14)
        centred = values - values.mean(axis=0)
        _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
        axes = np.array(space["axes"]["axes"])
        np.testing.assert_allclose(np.abs((axes * directions[:2]).sum(axis=1)), 1.0, atol=1e-6)
        assert space["axes"]["share"] == pytest.approx((sizes[:2] ** 2).sum() / (sizes**2).sum(), abs=1e-9)
        np.testing.assert_allclose(np.array(space["along"]).T, centred @ axes.T, rtol=0, atol=1e-12)
        assert all(axis[np.abs(axis).argmax()] > 0 for axis in axes)


def test_where_the_output_is_0_is_a_straight_line_along_two_axes() -> None:
    weights, bias = [1.5, -0.7], 0.2
    axes: dict[str, Any] = {"mean": [0.3, -0.1], "axes": [[0.6, 0.8], [-0.8, 0.6]]}
    line = called("straightBoundary", weights, bias, axes)
    for along in (-1.0, 0.0, 2.5):
        up = -(line["a"] * along + line["c"]) / line["b"]
        place = np.array(axes["mean"]) + along * np.array(axes["axes"][0]) + up * np.array(axes["axes"][1])
        assert place @ weights + bias == pytest.approx(0.0, abs=1e-12)


def test_lines_over_the_plane_are_straight_and_evenly_spaced() -> None:
    grid = called("linesOver", {"low": [-1.0, 0.0], "high": [1.0, 4.0]}, 5, 3)
    lines = [np.array([grid["places"][i] for i in line]) for line in grid["lines"]]
    assert len(lines) == 10
    assert sorted({line[0, 1] for line in lines if np.ptp(line[:, 1]) == 0}) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert sorted({line[0, 0] for line in lines if np.ptp(line[:, 0]) == 0}) == [-1.0, -0.5, 0.0, 0.5, 1.0]
