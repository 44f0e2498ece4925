"""The page of trainings with one input or many, and of values over two: what it shows is what was learned."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from backprop_lab.callbacks.drawing import prediction_figure
from backprop_lab.callbacks.training_gif import training_gif
from backprop_lab.figures.film import Plane, Truth
from backprop_lab.figures.style import png
from backprop_lab.options.text import number
from backprop_lab.report.run.confusion import confusion
from backprop_lab.runs.run import Run
from backprop_lab.training.evaluation import predict
from report.browser import OpenPage, beyond_the_paper, overlaps, print_out
from report.films import run_with_page

ADAM = ("optimizer=adam", "optimizer.lr=0.02")


def houses(folder: Path) -> Path:
    """A regression with a category among its columns."""
    random = np.random.default_rng(0)
    rows = ["area (m2),town,year,price (CHF)"]
    for _ in range(150):
        area, town, year = random.uniform(30, 200), random.choice(["Bern", "Genf", "Chur"]), random.integers(1900, 2024)
        price = 4000 * area + (town == "Genf") * 300_000 + 900 * (year - 1900)
        rows.append(f"{area:.1f},{town},{year},{price:.0f}")
    (folder / "houses.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "houses.csv"


def yields(folder: Path) -> Path:
    """A regression over two inputs."""
    random = np.random.default_rng(1)
    rows = ["rain (mm),sun (h),yield (t)"]
    rows += [f"{a:.1f},{b:.2f},{5 + a / 20 + b:.3f}" for a, b in random.uniform([0, 0], [100, 12], (150, 2))]
    (folder / "yields.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "yields.csv"


def states(folder: Path) -> Path:
    """Three classes of one input."""
    random = np.random.default_rng(2)
    rows = ["temperature,state"]
    rows += [f"{t:.2f},{'ice' if t < 0 else 'water' if t < 25 else 'hot water'}" for t in random.uniform(-20, 45, 150)]
    (folder / "states.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "states.csv"


def crowd(folder: Path) -> Path:
    """More points than a page holds."""
    random = np.random.default_rng(3)
    x = random.normal(size=(9_000, 3))
    y = x.sum(axis=1) + random.normal(size=9_000) > 0
    rows = [
        "a,b,c,answer",
        *(f"{a:.3f},{b:.3f},{c:.3f},{'yes' if is_yes else 'no'}" for (a, b, c), is_yes in zip(x, y, strict=True)),
    ]
    (folder / "crowd.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "crowd.csv"


RUNS: dict[str, tuple[str, ...]] = {
    "iris": ("dataset=iris", "epochs=8"),
    "diabetes": ("dataset=diabetes", "epochs=5", *ADAM),
    "digits": ("dataset=digits", "model.hidden=6", "epochs=2", *ADAM),
    "houses": ("dataset=csv", "epochs=20", *ADAM),
    "yields": ("dataset=csv", "epochs=20", *ADAM),
    "states": ("dataset=csv", "epochs=15", *ADAM),
    "crowd": ("dataset=csv", "epochs=1", "dataset.batch_size=500"),
}
FILES = {"houses": houses, "yields": yields, "states": states, "crowd": crowd}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    runs: dict[str, Run] = {}

    def run(name: str) -> Run:
        if name not in runs:
            folder = tmp_path_factory.mktemp(name)
            file = (f"dataset.path={FILES[name](folder)}",) if name in FILES else ()
            runs[name] = run_with_page(folder / "run", *RUNS[name], *file)
        return runs[name]

    return run


Trained = Callable[[str], Run]


def settle(page: Any) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def labels(run: Run, frame: int = -1) -> np.ndarray:
    """The classes that a frame predicts for the validation points."""
    predictions = predict(run.task, run.frames()[frame], run.task.given.val.x)
    return predictions.argmax(axis=1) if predictions.ndim == 2 else (predictions > 0.5).astype(int)


def matrix(page: Any) -> list[list[int]]:
    rows = page.locator("#confusion-matrix tbody tr").all()
    return [[int(text.replace(",", "")) for text in row.locator("td").all_inner_texts()] for row in rows]


# -- everything -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", ["iris", "houses", "digits", "yields", "states"])
def test_nothing_overlaps_or_sticks_out(trained: Trained, open_page: OpenPage, name: str, width: int) -> None:
    fragment = "#cell=2.2" if trained(name).task.head.is_classification else ""
    page = open_page(trained(name).report_file, width, dark=width == 1280, fragment=fragment)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overlaps(page) == []


@pytest.mark.parametrize("name", ["iris", "houses", "digits"])
def test_those_who_cannot_see_it_can_use_it(trained: Trained, browser: Any, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"{trained(name).report_file.as_uri()}#cell=1.1")
    page.wait_for_selector("html[data-ready]", state="attached")
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    context.close()
    assert serious == []


@pytest.mark.parametrize("name", ["iris", "houses"])
def test_a_printed_page_fits_the_paper(trained: Trained, open_page: OpenPage, name: str) -> None:
    page = open_page(trained(name).report_file)
    print_out(page)
    assert beyond_the_paper(page) == []


# -- the plane --------------------------------------------------------------------------------------------------------


def test_a_table_is_shown_on_the_plane_of_its_two_strongest_components(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("iris").report_file)
    said = page.inner_text("#answer")
    assert "component 1 (72 %)" in said
    assert "it holds 96 % of their variance" in said
    assert "predictions on this slice" in said
    assert page.locator("#answer-picture .points path").count() == 150


@pytest.mark.parametrize("name", ["iris", "yields", "states"])
def test_what_is_read_off_the_picture_is_what_the_network_predicts_there(
    trained: Trained, open_page: OpenPage, name: str
) -> None:
    """The place is put back into the inputs with NumPy, and these into the network of the run."""
    from backprop_lab.training.evaluation import predict_at
    from backprop_lab.training.view import view_of

    run = trained(name)
    page = open_page(run.report_file)
    box = page.locator("#answer-picture canvas").bounding_box()
    for across, up in [(0.2, 0.3), (0.55, 0.6), (0.8, 0.45)]:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + up * box["height"])
        place, _, answer = page.inner_text("#answer-readout").replace("−", "-").partition(" → ")
        coordinates = [float(part.rpartition(" ")[2]) for part in place.split(", ")]
        view = view_of(run.task)
        inputs = view.inputs(np.array([[*coordinates, 0.0][:2]]))
        (expected,) = predict_at(run.task, run.state(), inputs)
        if run.task.head.is_classification:
            label, probability = re.fullmatch(r"(.+) \((?:> )?([\d.]+)\)", answer).groups()  # type: ignore[union-attr]
            assert label == run.task.meaning.class_name(int(expected.argmax()))
            assert float(probability) == pytest.approx(expected.max(), abs=2e-3)
        else:
            assert float(answer.replace(",", "")) == pytest.approx(float(expected), rel=2e-3)


def test_values_have_the_colours_of_the_scale(trained: Trained, open_page: OpenPage) -> None:
    """The least value is orange, the largest blue, in the picture and of the points; the ends are said."""
    run = trained("yields")
    page = open_page(run.report_file)
    y = np.concatenate([run.task.given.train.y, run.task.given.val.y])
    assert float(page.inner_text("#scale-low")) == pytest.approx(y.min(), rel=1e-3)
    assert float(page.inner_text("#scale-high")) == pytest.approx(y.max(), rel=1e-3)
    fills = page.eval_on_selector_all("#answer-picture .points path", "paths => paths.map((path) => path.style.fill)")
    blue_over_red = [int(b) - int(r) for r, _, b in (re.findall(r"\d+", fill) for fill in fills)]
    assert np.corrcoef(blue_over_red, y[: len(fills)])[0, 1] > 0.98
    assert "Colour and lines: yield (t)" in page.inner_text("#answer-legend")
    assert page.locator("#answer-picture .contour").count() >= 3


def test_one_input_with_classes_has_bands(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("states").report_file)
    assert "up and down means nothing" in page.inner_text("#answer")
    ticks = page.locator("#answer-picture .tick").all_text_contents()
    assert all(float(tick.replace("−", "-")) % 5 == 0 for tick in ticks)


# -- the confusion matrix ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iris", "digits", "crowd"])
def test_the_counts_are_those_of_scikit_learn_at_each_frame(trained: Trained, name: str) -> None:
    run = trained(name)
    counts = confusion(run.task, run.frames())
    assert counts is not None
    for frame in range(len(counts)):
        expected = confusion_matrix(run.task.val.y.astype(int), labels(run, frame), labels=range(counts.shape[1]))
        assert counts[frame, :, :-1].tolist() == expected.tolist()
        assert not counts[frame, :, -1].any()


def test_outputs_that_rounding_decides_are_in_a_column_of_their_own(tmp_path: Path, open_page: OpenPage) -> None:
    """With all weights 0 every output is 0, and stays it: each class has as many points."""
    page = open_page(run_with_page(tmp_path, "dataset=xor", "model.init=0", "epochs=2").report_file)
    assert page.locator("#confusion-matrix thead th").last.inner_text() == "undecided"
    assert matrix(page) == [[0, 0, 2], [0, 0, 2]]
    page.click("#confusion-matrix td[data-cell='1.2']")
    settle(page)
    assert page.inner_text("#confusion-points h3").startswith("true class 1, undecided, which is wrong")
    assert page.locator("#answer-picture .ring").count() == 2


def test_the_page_shows_the_counts_and_the_scores_of_the_frame(trained: Trained, open_page: OpenPage) -> None:
    run = trained("iris")
    page = open_page(run.report_file)
    for frame in (len(run.frames()) - 1, 2):
        page.locator("#moment").fill(str(frame))
        settle(page)
        true, predicted = run.task.val.y.astype(int), labels(run, frame)
        assert matrix(page) == confusion_matrix(true, predicted, labels=[0, 1, 2]).tolist()
        theirs = np.array(precision_recall_fscore_support(true, predicted, labels=[0, 1, 2], zero_division=np.nan))
        for label, row in enumerate(page.locator("#confusion-classes tbody tr").all()):
            shown = row.locator("td").all_inner_texts()
            assert int(shown[3]) == theirs[3, label]
            for text, expected in zip(shown[:3], theirs[:3, label], strict=True):
                assert text == ("—" if np.isnan(expected) else f"{expected:.3f}")
    assert page.locator("#confusion-matrix tbody th").all_inner_texts() == ["setosa", "versicolor", "virginica"]
    assert f"log loss {run.summary['scores']['val']['log_loss']:.4g}" in page.inner_text(".final-scores")


def test_a_cell_that_is_clicked_shows_its_points(trained: Trained, open_page: OpenPage) -> None:
    run = trained("iris")
    page = open_page(run.report_file)
    true, predicted = run.task.val.y.astype(int), labels(run)
    row, column = next((t, p) for t, p in zip(true, predicted, strict=True) if t == p)
    own = (true == row) & (predicted == column)
    page.click(f"#confusion-matrix td[data-cell='{row}.{column}']")
    settle(page)
    assert page.locator("#answer-picture .ring").count() == own.sum()
    listed = page.locator("#confusion-points tbody tr").all()
    assert len(listed) == own.sum()
    for shown, x in zip(listed, run.task.given.val.x[own], strict=True):
        texts = shown.locator("td").all_inner_texts()
        assert [float(text) for text in texts[1:]] == pytest.approx(x.tolist(), rel=1e-3)
        assert texts[0].startswith(run.task.meaning.class_name(int(column)))
    page.wait_for_timeout(400)
    assert f"cell={row + 1}.{column + 1}" in page.evaluate("location.hash")
    page.keyboard.press("Escape")
    settle(page)
    assert page.locator("#answer-picture .ring").count() == 0
    assert page.locator("#confusion-matrix td[aria-selected=true]").count() == 0


def test_the_keys_move_between_cells_and_choose(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("iris").report_file)
    assert page.locator("#confusion-matrix td[tabindex='0']").count() == 1
    page.focus("#confusion-matrix td[tabindex='0']")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    settle(page)
    assert page.evaluate("document.activeElement.dataset.cell") == "2.1"
    assert page.get_attribute("#confusion-matrix td[data-cell='2.1']", "aria-selected") == "true"
    assert page.inner_text("#confusion-points h3").startswith("true virginica, predicted versicolor, which is wrong")
    assert page.inner_text("#readout").startswith("epoch 8 "), "the film stands still"
    page.keyboard.press("Space")
    settle(page)
    assert page.locator("#confusion-matrix td[aria-selected=true]").count() == 0


def test_a_cell_that_is_clicked_is_told_to_those_who_cannot_see_it(trained: Trained, open_page: OpenPage) -> None:
    run = trained("iris")
    page = open_page(run.report_file)
    page.click("#confusion-matrix td[data-cell='0.0']")
    settle(page)
    count = int(((run.task.val.y == 0) & (labels(run) == 0)).sum())
    assert page.inner_text("#spoken") == f"true setosa, predicted setosa: {count} points"


# -- many points ------------------------------------------------------------------------------------------------------


def test_of_many_points_a_page_holds_at_most_five_thousand_and_says_so(trained: Trained, open_page: OpenPage) -> None:
    run = trained("crowd")
    page = open_page(run.report_file, fragment="#cell=1.2")
    known = page.evaluate("(async () => (await readData()).arrays['points/x'].shape[0])()")
    assert known == 1_400 <= 5_000
    assert "400 of 7,200 training points, 150 of 1,800 validation points" in page.inner_text("#answer-legend")
    assert sum(map(sum, matrix(page))) == 1_800
    said = re.search(r"(\d+) points, (\d+) of them on this page", page.inner_text("#confusion-points"))
    assert said
    true, predicted = run.task.val.y.astype(int), labels(run)
    is_own = (true == 0) & (predicted == 1)
    assert (int(said[1]), int(said[2])) == (is_own.sum(), is_own[:1_000].sum())
    assert page.locator("#answer-picture .ring").count() == is_own[:1_000].sum()
    assert run.report_file.stat().st_size < 2_500_000


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["houses", "yields", "diabetes"])
def test_predicted_against_true_is_where_the_network_puts_it(trained: Trained, open_page: OpenPage, name: str) -> None:
    run = trained(name)
    page = open_page(run.report_file)
    y, x = run.task.given.val.y, run.task.given.val.x
    for frame in (len(run.frames()) - 1, 3):
        page.locator("#moment").fill(str(frame))
        settle(page)
        path = page.get_attribute("#truth-picture .value.validation", "d")
        pixels = np.array(re.findall(r"M([\d.-]+),([\d.-]+)a([\d.]+)", path), dtype=float)
        predicted = predict(run.task, run.frames()[frame], x)
        across = np.polyfit(y, pixels[:, 0] + pixels[:, 2], 1)
        assert np.abs(np.polyval(across, y) - pixels[:, 0] - pixels[:, 2]).max() < 0.1
        inside = (predicted > y.min()) & (predicted < y.max())
        up = np.polyfit(predicted[inside], pixels[inside, 1], 1)
        assert np.abs(np.polyval(up, predicted[inside]) - pixels[inside, 1]).max() < 0.1
        assert up[0] == pytest.approx(-across[0], rel=1e-3), "both axes have one scale, so the diagonal is exact"
    assert page.locator("#truth-picture .axis").all_text_contents() == [
        f"true {run.task.meaning.target}", f"predicted {run.task.meaning.target}",
    ]  # fmt: skip
    error = number(run.summary["scores"]["val"]["mae"])
    assert f"mean absolute error {error} in {run.task.meaning.target}" in page.inner_text(".final-scores")


# -- which inputs matter ----------------------------------------------------------------------------------------------


def test_the_inputs_are_listed_by_how_much_is_lost_without_them(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("houses").report_file)
    names = page.locator("#importance tbody th").all_inner_texts()
    assert names[0] == "area (m2)"
    assert sorted(names) == ["area (m2)", "town", "year"], "a category is one input"
    numbers = [
        float(row.split(" ± ")[0].replace("−", "-"))
        for row in page.locator("#importance td:last-child").all_inner_texts()
    ]
    assert numbers == sorted(numbers, reverse=True)
    assert "share their importance" in page.inner_text("#importance")


# -- images -----------------------------------------------------------------------------------------------------------

PIXELS = """(canvases) => canvases.map((canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return d3.range(data.length / 4).map((i) => [data[4 * i], data[4 * i + 2]]);
})"""


def test_the_weights_of_digits_are_pictures(trained: Trained, open_page: OpenPage) -> None:
    run = trained("digits")
    page = open_page(run.report_file)
    for frame in (len(run.frames()) - 1, 0):
        page.locator("#moment").fill(str(frame))
        settle(page)
        pictures = np.array(page.eval_on_selector_all("#pixels-pictures canvas", PIXELS), dtype=float)
        weights = run.frames()[frame].weights["layers.0.weight"]
        assert pictures.shape == (6, 64, 2)
        for picture, own in zip(pictures, weights, strict=True):
            assert np.corrcoef(picture[:, 1] - picture[:, 0], own)[0, 1] > 0.97, "row by row from the top"
    page.click("#pixels-pictures button >> nth=2")
    settle(page)
    assert page.inner_text("#answer-title") == "Output of unit 1.3"


def test_what_was_taken_for_something_else_is_shown_as_a_picture(trained: Trained, open_page: OpenPage) -> None:
    run = trained("digits")
    true, predicted = run.task.val.y.astype(int), labels(run)
    row, column = next((t, p) for t, p in zip(true, predicted, strict=True) if t != p)
    page = open_page(run.report_file, fragment=f"#cell={row + 1}.{column + 1}")
    pictures = np.array(page.eval_on_selector_all("#confusion-points canvas", PIXELS), dtype=float)
    own = run.task.given.val.x[(true == row) & (predicted == column)]
    assert len(pictures) == len(own)
    for picture, x in zip(pictures, own, strict=True):
        assert np.corrcoef(picture[:, 0], x)[0, 1] < -0.97, "ink is dark"
    assert "8 × 8 pixels" in page.inner_text("#pixels")


# -- figures ----------------------------------------------------------------------------------------------------------


def test_the_figures_name_components_columns_and_classes(trained: Trained) -> None:
    run = trained("iris")
    axes = prediction_figure(run.checked_config(), run.task, run.state()).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("component 1 (72 %)", "component 2 (24 %)")
    assert "a slice that holds 96 % of the variance" in axes.get_title()
    run = trained("houses")
    figure = prediction_figure(run.checked_config(), run.task, run.state())
    truth = figure.axes[1]
    assert (truth.get_xlabel(), truth.get_ylabel()) == ("true price (CHF)", "predicted price (CHF)")
    for part, shown in zip((run.task.given.train, run.task.given.val), truth.collections, strict=True):
        expected = np.column_stack([part.y, predict(run.task, run.state(), part.x)])
        np.testing.assert_allclose(np.asarray(shown.get_offsets()), expected, rtol=1e-6)
    assert png(figure).startswith(b"\x89PNG")


def test_the_film_names_columns_and_classes(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes: list[Any] = []
    monkeypatch.setattr(
        "backprop_lab.callbacks.training_gif.film_gif", lambda scene, history, frames: scenes.append((scene, frames))
    )
    for name in ("states", "houses"):
        training_gif(trained(name), trained(name).task)
    (plane, _), (truth, frames) = scenes
    assert isinstance(plane, Plane)
    assert list(plane.names) == ["temperature", ""]
    assert [plane.class_name(i) for i in range(3)] == ["hot water", "ice", "water"]
    assert isinstance(truth, Truth)
    assert truth.target == "price (CHF)"
    run = trained("houses")
    expected = predict(run.task, run.frames()[-1], np.concatenate([run.task.given.train.x, run.task.given.val.x]))
    np.testing.assert_allclose(frames[-1].predictions, expected, rtol=1e-6)


def test_the_xray_says_among_how_many_points_the_wrongest_is(tmp_path: Path, open_page: OpenPage) -> None:
    """A page that cannot train a table has the first eight points of a batch."""
    run = run_with_page(tmp_path / "run", "dataset=iris", "epochs=2")
    page = open_page(run.report_file)
    said = page.inner_text("#xray-said")
    assert "the largest of the 8 points that this page has of the 32 of the batch" in said
    assert page.locator("#xray-point option").count() == 8


@pytest.mark.parametrize("dataset", ["iris", "diabetes"])
def test_the_points_of_a_table_are_in_the_space_of_its_layer(tmp_path: Path, open_page: OpenPage, dataset: str) -> None:
    run = run_with_page(tmp_path / "run", f"dataset={dataset}", "epochs=2", "model.hidden=4")
    page = open_page(run.report_file)
    listed = page.evaluate("opened.then((report) => listedPoints(report).map(({ inputs, y }) => [...inputs, y]))")
    task = run.task
    assert len(listed) == len(task.val)
    np.testing.assert_allclose(np.array(listed)[:, :-1], task.val.x, rtol=0, atol=1e-5)
    np.testing.assert_allclose(np.array(listed)[:, -1], task.given.val.y, rtol=1e-6)
    page.locator("#spaces").scroll_into_view_if_needed()
    held = page.inner_text("#spaces-pictures .legend")
    values = np.maximum(0, task.val.x @ run.state().weights["layers.0.weight"].T + run.state().weights["layers.0.bias"])
    sizes = np.linalg.svd(values - values.mean(axis=0), compute_uv=False) ** 2
    assert f"they hold {sizes[:2].sum() / sizes.sum():.0%}".replace("%", " %") in held
