"""What the picture says where it is pointed at: the number that the network itself gives there."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_lab.runs.run import Run
from backprop_lab.training.chain import layers_of
from backprop_lab.training.forward import forward
from conftest import quick_of
from report.browser import OpenPage
from report.films import run_with_page

MOONS = ["dataset=moons", "dataset.n_samples=100", "epochs=20"]
RUNS = {
    "circle": ["dataset.n_samples=1000", "epochs=30"],
    "deep tanh": [*MOONS, "model.hidden=[5,4]", "model.activation=tanh"],
    "gelu": [*MOONS, "model.activation=gelu", "model.dropout=0.2", "precision=64"],
    "sigmoid": [*MOONS, "model.activation=sigmoid", "optimizer.lr=1"],
    "margins": [*MOONS, "loss=hinge", "model.activation=leaky_relu"],
    "sure": ["experiment=xor_mlp", "epochs=1500", "optimizer.lr=2"],
    "xor": ["experiment=xor_single_layer", "epochs=300"],
    "line": ["dataset=linear", "model.hidden=[4,3]", "optimizer.lr=0.02"],
    "classes": ["dataset=spiral", "dataset.classes=5", "dataset.n_samples=100", "epochs=30", "model.hidden=[5,4]"],
    "margins of classes": ["dataset=blobs", "dataset.n_samples=100", "epochs=10", "loss=hinge"],
    "residual of classes": ["dataset=blobs", "dataset.n_samples=100", "epochs=10", "model=residual"],
    "residual": [*MOONS, "model=residual"],
}
POINT = "Point at the picture, tap it, or use the arrow keys, to read a value."


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """``trained(name)`` carries out a run of ``RUNS`` once, and makes its page."""
    runs: dict[str, Run] = {}

    def run(name: str) -> Run:
        if name not in runs:
            runs[name] = run_with_page(tmp_path_factory.mktemp("runs"), *RUNS[name])
        return runs[name]

    return run


Trained = Callable[[str], Run]


def spots(page: Any, count: int) -> list[tuple[float, float]]:
    """Places on the picture, in pixels of the window."""
    box = page.locator("#answer-picture canvas").bounding_box()
    random = np.random.default_rng(0)
    shares = random.uniform(0.02, 0.98, (count, 2))
    return [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in shares.tolist()]


def said(page: Any) -> tuple[list[float], str]:
    """The coordinates and the value of the readout."""
    place, value = page.inner_text("#answer-readout").replace("−", "-").split(" → ")
    return [float(part.split()[1]) for part in place.split(", ")], value


def agrees(text: str, value: float, digits: int = 3) -> bool:
    """Whether a text says a number, with as many digits as it promises."""
    if text.startswith((">", "<")):
        return value > 0.999 - 5e-7 if text == "> 0.999" else text == "< 0.001" and value < 0.001 + 5e-7
    return float(text) == pytest.approx(value, rel=0.6 * 10 ** (1 - digits), abs=1e-7)


LAYERS = [name for name in RUNS if "residual" not in name and "classes" not in name]


@pytest.mark.parametrize("name", quick_of(LAYERS, "circle", "gelu", "line"))
def test_every_value_is_the_networks_own(trained: Trained, open_page: OpenPage, name: str) -> None:
    run = trained(name)
    page = open_page(run.report_file)
    for spot in spots(page, 25):
        page.mouse.move(*spot)
        x, text = said(page)
        assert agrees(text.removeprefix("margin "), float(run.predict([x])[0])), (x, text)


@pytest.mark.parametrize("name", quick_of([name for name in RUNS if "classes" in name], "classes"))
def test_of_several_classes_it_says_the_one_with_the_largest_prediction(
    trained: Trained, open_page: OpenPage, name: str
) -> None:
    run = trained(name)
    page = open_page(run.report_file)
    seen = set()
    for spot in spots(page, 25):
        page.mouse.move(*spot)
        x, text = said(page)
        (predictions,) = run.predict([x])
        label = predictions.argmax()
        if "residual" in name:  # from the nearest cell of the picture
            assert text == f"class {label}" or np.sort(predictions)[-2:].min() > 0.3
        else:
            found = re.fullmatch(r"class (\d) \((.+)\)", text)
            assert found
            assert int(found[1]) == label
            assert agrees(found[2], float(predictions[label]))
        seen.add(label)
    assert len(seen) > 1


def test_the_value_of_a_unit_at_an_earlier_epoch_is_that_of_the_engine_by_hand(
    trained: Trained, open_page: OpenPage
) -> None:
    run = trained("deep tanh")
    frame = run.frames()[3]
    layers = layers_of(run.task)
    assert layers is not None
    page = open_page(run.report_file, fragment=f"#epoch={frame.epoch}&unit=2.3")
    for spot in spots(page, 10):
        page.mouse.move(*spot)
        x, text = said(page)
        value = forward(layers, frame.weights, np.array([x], dtype=np.float32)).values[1][0, 2]
        assert agrees(text.removeprefix("h2.3 = "), float(value))


def test_a_probability_is_never_0_or_1(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("sure").report_file)
    texts = [label.partition(",")[0] for label in page.locator("#answer-picture .point-label").all_text_contents()]
    for spot in spots(page, 40):
        page.mouse.move(*spot)
        texts.append(said(page)[1])
    assert {"> 0.999", "< 0.001"} <= set(texts)
    assert not [text for text in texts if re.fullmatch(r"[01](\.0+)?", text)]


def test_the_value_follows_the_film(trained: Trained, open_page: OpenPage) -> None:
    run = trained("circle")
    page = open_page(run.report_file)
    page.mouse.move(*spots(page, 1)[0])
    x, _ = said(page)
    page.keyboard.press("Home")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    layers = layers_of(run.task)
    assert layers is not None
    output = forward(layers, run.frames()[0].weights, np.array([x], dtype=np.float32)).outputs[0]
    assert said(page)[0] == x
    assert agrees(said(page)[1], float(run.task.head.predictions(output)))


def test_a_model_whose_layers_are_not_known_says_about(trained: Trained, open_page: OpenPage) -> None:
    run = trained("residual")
    page = open_page(run.report_file)
    for spot in spots(page, 10):
        page.mouse.move(*spot)
        x, text = said(page)
        about = re.fullmatch(r"about (\S+)|[<>] \S+", text)
        assert about
        if about[1]:
            assert float(about[1]) == pytest.approx(float(run.predict([x])[0]), abs=0.15)


def test_a_finger_reads_what_it_taps(trained: Trained, open_page: OpenPage) -> None:
    run = trained("circle")
    page = open_page(run.report_file, 400, has_touch=True)
    assert page.inner_text("#answer-readout") == POINT
    seen = set()
    for spot in spots(page, 4):
        page.touchscreen.tap(*spot)
        page.wait_for_timeout(100)
        x, text = said(page)
        assert page.inner_text("#answer-readout").startswith(f"x1 {x[0]:.3f}, x2 {x[1]:.3f}".replace("-", "−"))
        assert agrees(text, float(run.predict([x])[0]))
        assert page.get_attribute("#answer-picture .pointer", "d")
        seen.add(tuple(x))
    assert len(seen) == 4


def test_the_mouse_clears_what_it_leaves(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file)
    page.mouse.move(*spots(page, 1)[0])
    assert page.inner_text("#answer-readout") != POINT
    page.mouse.move(2, 2)
    assert page.inner_text("#answer-readout") == POINT


def test_a_finger_finds_every_unit(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file, 400, has_touch=True, is_mobile=True)
    missed = page.evaluate("""() => [...document.querySelectorAll(".unit.hidden")].flatMap((unit) => {
        const { left, right, top, bottom } = unit.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        scrollTo(0, y + scrollY - 300);
        const at = (dx, dy) => document.elementFromPoint(x + dx, 300 + dy);
        return [[0, 0], [-21, 0], [21, 0], [0, -21], [0, 21]].filter((by) => at(...by) !== unit);
    })""")
    assert missed == []
