"""The page of a sweep, in a real browser: its numbers are those of sweep.csv, and nothing that failed is left out."""

import copy
import csv
import itertools
import json
import math
import re
import shlex
import shutil
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import PCA

from backprop_lab.config.check import check
from backprop_lab.options.rules import shown
from backprop_lab.report.sweep import listed as sweep_listed
from backprop_lab.report.sweep import page as sweep_page
from backprop_lab.report.sweep import pictures as sweep_pictures
from backprop_lab.report.sweep import sentences as sweep_words
from backprop_lab.report.sweep.curves import curves_of
from backprop_lab.report.sweep.pictures import SIDE, Pictures
from backprop_lab.runs.run import Run
from backprop_lab.sweep import jobs as sweep_jobs
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.pictures import draw, predictions
from backprop_lab.sweep.success import ranked
from backprop_lab.sweep.table import Setting, lines, settings, spread
from conftest import FLOWERS, Program, composed, quick_of
from report.browser import SIZES, OpenPage, beyond_the_paper, overlaps, print_out

MINUS = "−"
QUICK = ("engine=kernel", "logger=none", "callbacks=[]")
MOONS = (*QUICK, "dataset=moons", "dataset.n_samples=200", "dataset.batch_size=8", "epochs=15")
LINE = (*QUICK, "dataset=linear", "model=single_layer", "epochs=20")


def train_sweep(folder: Path, fixed: Sequence[str], swept: Mapping[str, Sequence[Any]]) -> Sweep:
    """Carry out all combinations of ``swept`` as a multirun would, and make the page."""
    base = composed(*fixed)
    configs, overrides = [], []
    for values in itertools.product(*swept.values()):
        plain, typed = copy.deepcopy(base), list(fixed)
        for key, value in zip(swept, values, strict=True):
            *groups, knob = key.split(".")
            place = plain
            for group in groups:
                place = place[group]
            place[knob] = value
            typed.append(f"{key}={shown(value)}")
        configs.append(check(plain))
        overrides.append(typed)
    sweep = Sweep(folder)
    sweep.begin(configs, overrides, is_batched=False)
    for run, config, typed in zip(sweep.runs().values(), configs, overrides, strict=True):
        sweep_jobs.carry_out(config.plain, run, typed)
    sweep.write_table(sweep.jobs())
    sweep_page.write(sweep)
    return sweep


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sweep]:
    """One of each kind, by name."""
    folder = tmp_path_factory.mktemp("sweeps")
    made = {
        "moons": train_sweep(
            folder / "moons", MOONS,
            {"model.hidden": [2, 8], "optimizer.lr": [0.01, 0.1, 1], "seed": [0, 1, 2, 3, 4, 5]},
        ),
        "line": train_sweep(folder / "line", LINE, {"optimizer.lr": [0.01, 0.05, 100], "seed": [0, 1, 2]}),
        "seeds": train_sweep(folder / "seeds", MOONS, {"seed": list(range(8))}),
        "one": train_sweep(folder / "one", (*QUICK, "dataset=xor", "epochs=3"), {"seed": [3]}),
        "failed": train_sweep(folder / "failed", LINE, {"optimizer.lr": [100, 1000], "seed": [0, 1]}),
        "words": train_sweep(
            folder / "words", MOONS,
            {"model.hidden": [2, [4, 4]], "model.activation": ["relu", "tanh"], "loss": ["bce", "mse"]},
        ),
        "classes": train_sweep(
            folder / "classes", (*QUICK, "dataset=blobs", "dataset.n_samples=100", "epochs=15"),
            {"model.hidden": [1, 8], "seed": [0, 1]},
        ),
        "margins": train_sweep(folder / "margins", MOONS, {"loss": ["bce", "hinge"]}),
        "many values": train_sweep(
            folder / "many", MOONS, {"optimizer.lr": [round(0.01 * 1.4**k, 4) for k in range(20)]}
        ),
    }  # fmt: skip
    hurt = made["moons"]
    Run(hurt.folder / "3").write_summary(status="failed", error="ValueError: <script>alert(1)</script> (a.py, line 3)")
    Run(hurt.folder / "4").write_summary(status="diverged", error="the loss is not a finite number from epoch 2 on")
    Run(hurt.folder / "9").write_summary(status="diverged", error="the loss is not a finite number from epoch 11 on")
    hurt.write_table(hurt.jobs())
    sweep_page.write(hurt)
    return made


def rows_of(sweep: Sweep) -> list[dict[str, str]]:
    with (sweep.folder / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def numbers_of(sweep: Sweep, name: str, **values: str) -> list[float]:
    """A final metric of the finished jobs with these values, as sweep.csv has it."""
    chosen = [row for row in rows_of(sweep) if row["status"] == "finished"]
    chosen = [row for row in chosen if all(row[key.replace("__", ".")] == value for key, value in values.items())]
    return [float(row[name]) for row in chosen]


def number(text: str) -> float:
    return float(text.replace(MINUS, "-").replace(",", ""))


def column(page: Any, label: str) -> list[str]:
    """The cells of the table under a head."""
    heads = page.locator("#table-rows thead tr:first-child th").all_inner_texts()
    i = [head.strip().split("\n")[0] for head in heads].index(label)
    cells: list[str] = page.locator(f"#table-rows tbody > tr[data-setting] > td:nth-child({i + 1})").all_inner_texts()
    return [cell.replace("▸", "").replace("▾", "").strip() for cell in cells]


# -- how it looks -----------------------------------------------------------------------------------------------------


NAMES = ["moons", "line", "seeds", "one", "failed", "words", "many values", "classes"]


@pytest.mark.parametrize(("width", "dark"), [(400, False), (1280, True)])
@pytest.mark.parametrize("name", quick_of(NAMES, "moons"))
def test_nothing_covers_anything_at_any_size(
    name: str, width: int, dark: bool, sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    page = open_page(sweeps[name].report_file, width=width, dark=dark)
    page.wait_for_selector("html[data-drawn]", state="attached")
    assert overlaps(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_first_screen_holds_verdict_grid_and_best_setting(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    for part in (".verdict", "#grid-cells", "#setting .plane >> nth=0"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= SIZES[1280], part


def test_the_switch_of_themes_repaints_the_pictures(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    picture = "document.querySelector('#grid-cells canvas').toDataURL()"
    light = page.evaluate(picture)
    page.locator("input[name=theme][value=dark]").check()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    assert page.evaluate(picture) != light


# -- words ------------------------------------------------------------------------------------------------------------


def test_title_and_verdict_tell_what_was_swept_and_what_came_of_it(
    sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    assert page.inner_text("h1") == "36 jobs · moons · hidden 2, 8 × lr 0.01, 0.1, 1 × 6 seeds"
    best = settings(sweep.jobs())[0]
    losses = best.numbers("val_loss")
    assert best.values == {"model.hidden": 8, "optimizer.lr": 1}
    said = page.inner_text(".verdict")
    assert said.startswith(f"Best: hidden 8, lr 1. Validation loss {statistics.fmean(losses):.4f} ± ")
    assert "means over 6 seeds." in said
    assert said.endswith("3 of 36 jobs did not finish: 2 diverged, 1 failed.")


@pytest.mark.parametrize(
    ("name", "title", "verdict"),
    [
        ("line", "9 jobs · linear · lr 0.01, 0.05, 100 × 3 seeds", "Best: lr 0.05. Validation loss "),
        ("seeds", "8 jobs · moons · 8 seeds", "Validation loss "),
        ("one", "1 job · xor", "Validation loss "),
        ("failed", "4 jobs · linear · lr 100, 1000 × 2 seeds", "No job finished. 4 of 4 jobs did not finish: 4 div"),
        ("many values", "20 jobs · moons · lr 20 values from 0.01 to 5.9763", "Best: lr "),
    ],
)
def test_every_kind_of_sweep_has_its_title_and_verdict(
    name: str, title: str, verdict: str, sweeps: dict[str, Sweep]
) -> None:
    jobs = sweeps[name].jobs()
    assert sweep_words.title(jobs, jobs[0].run.config["dataset"]["name"]) == title
    said = sweep_words.verdict(settings(jobs), jobs)
    assert f"{said.best} {said.reached} {said.rest}".strip().startswith(verdict)


def test_failures_are_grouped_by_reason_with_the_command_of_each(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    groups = page.locator("#failures details")
    assert groups.locator("summary").all_inner_texts() == [
        "✕ 2 diverged: the loss is not a finite number from epoch 2–11 on",
        "✕ 1 failed: ValueError: <script>alert(1)</script> (a.py, line 3)",
    ]
    groups.nth(0).locator("summary").click()
    rows = groups.nth(0).locator("tbody tr")
    assert [row.split("\t")[0] for row in rows.all_inner_texts()] == ["4", "9"]
    typed = shlex.split(rows.nth(1).locator("code").inner_text())
    assert typed == ["python", "-m", "train", *Run(sweeps["moons"].folder / "9").overrides]
    assert page.inner_text("#complete").endswith("moons --complete")


def test_where_all_failed_the_failures_come_first(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["failed"].report_file)
    tops = [page.locator(part).bounding_box()["y"] for part in ("#failures", "#table")]
    assert tops == sorted(tops)
    assert page.locator("#failures details[open] tbody tr").count() == 4
    assert page.locator("#grid").count() == 0
    assert page.locator("#table-rows tbody tr").count() == 2


@pytest.mark.slow
def test_the_command_makes_the_same_jobs_again(sweeps: dict[str, Sweep], program: Program, tmp_path: Path) -> None:
    for name in ("line", "words"):
        jobs = sweeps[name].jobs()
        command = sweep_words.command(jobs)
        assert command is not None
        arguments = shlex.split(command)
        assert arguments[:3] == ["python", "-m", "train"]
        program(*arguments[3:], "epochs=1", f"hydra.sweep.dir={name}")
        again = Sweep(tmp_path / name).jobs()
        assert [set(job.run.overrides) - {"epochs=1"} for job in again] == [
            set(job.run.overrides) - {"epochs=15", "epochs=20"} for job in jobs
        ]


def test_jobs_that_are_no_product_have_no_common_command(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path)
    config = check(composed(*QUICK))
    sweep.begin(
        [config] * 3,
        [["optimizer.lr=1", "seed=1"], ["optimizer.lr=2", "seed=1"], ["optimizer.lr=1", "seed=2"]],
        is_batched=False,
    )
    assert sweep_words.command(sweep.jobs()) is None
    assert "the command of each is in" in sweep_page.page(sweep, sweep.jobs())


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_the_pictures_are_what_the_networks_predict(sweeps: dict[str, Sweep]) -> None:
    sweep = sweeps["moons"]
    pictures = Pictures(settings(sweep.jobs()))
    fields = pictures.arrays()["fields"]
    for number_, cells in ((0, [(0, 0), (20, 13)]), (35, [(39, 39), (5, 30)])):
        run = Run(sweep.folder / str(number_))
        setting = next(i for i, s in enumerate(settings(sweep.jobs())) if any(j.number == number_ for j in s.jobs))
        plane = pictures.planes[pictures.plane_of[setting]]
        for row, across in cells:
            low, high = plane["low"], plane["high"]
            x = [low[k] + (high[k] - low[k]) * (cell + 0.5) / SIDE for k, cell in enumerate((across, row))]
            q = int(fields[pictures.picture_of[number_], row, across])
            shown = 0.5 + math.copysign((q / 127) ** 2 / 2, q)
            assert shown == pytest.approx(run.predict(x)[0], abs=0.005)


def test_of_several_classes_a_picture_has_the_class_and_how_far_it_is_ahead(sweeps: dict[str, Sweep]) -> None:
    sweep = sweeps["classes"]
    ranked = settings(sweep.jobs())
    pictures = Pictures(ranked)
    arrays = pictures.arrays()
    for job in ranked[0].jobs:
        at, plane = pictures.picture_of[job.number], pictures.planes[pictures.plane_of[0]]
        low, high = np.array(plane["low"]), np.array(plane["high"])
        for row, across in ((0, 0), (20, 13), (39, 39), (5, 30), (30, 5)):
            (predictions,) = job.run.predict([(low + (high - low) * (np.array([across, row]) + 0.5) / SIDE).tolist()])
            second, best = np.sort(predictions)[-2:]
            assert arrays["classes"][at, row, across] == predictions.argmax()
            assert (arrays["fields"][at, row, across] / 127) ** 2 == pytest.approx(best - second, abs=0.01)


def test_of_many_inputs_each_fold_is_drawn_over_the_plane_of_the_first_in_its_own_preparation(
    program: Program, open_page: OpenPage
) -> None:
    sweep_of = ("dataset=iris", "dataset.folds=3", "dataset.fold=range(3)", "epochs=5", "model.hidden=4,5")
    assert program("-m", "hydra/launcher=batched", *sweep_of, "hydra.sweep.dir=sweep").status == 0
    sweep = Sweep("sweep")
    best = settings(sweep.jobs())[0]
    pictures = Pictures([best])
    (plane,), arrays = pictures.planes, pictures.arrays()
    train = best.jobs[0].run.task.given.train.x
    mean, scale = train.mean(axis=0), train.std(axis=0)
    components = PCA(2).fit((train - mean) / scale)
    shown = components.transform((train[: len(plane["x"])] - mean) / scale)
    signs = np.sign((shown * plane["x"]).sum(axis=0))
    np.testing.assert_allclose(shown * signs, plane["x"], atol=1e-3)
    low, high = np.array(plane["low"]), np.array(plane["high"])
    for job in best.jobs:
        for row, across in ((0, 0), (20, 13), (39, 39), (5, 30), (30, 5)):
            place = low + (high - low) * (np.array([across, row]) + 0.5) / SIDE
            given = components.inverse_transform([place * signs]) * scale + mean
            (answer,) = job.run.predict(given.tolist())
            second_one, best_one = np.sort(answer)[-2:]
            at = pictures.picture_of[job.number], row, across
            assert arrays["classes"][at] == answer.argmax() or best_one - second_one < 0.01
            assert (arrays["fields"][at] / 127) ** 2 == pytest.approx(best_one - second_one, abs=0.01)
    of_all = Pictures(settings(sweep.jobs()))
    assert len(of_all.planes) == 1, "whichever fold is the best of a setting"
    first, second = (predictions.cell(list(reversed(s.jobs)), "", "", over=s.jobs) for s in settings(sweep.jobs()))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.points, second.points)
    page = open_page(sweep.report_file)
    assert "component 1 (" in page.inner_text("#grid-legend")
    assert page.locator("#grid-cells .cell canvas").count() == 2


def test_values_over_a_plane_are_colours_between_the_ends_of_the_targets(program: Program, open_page: OpenPage) -> None:
    of_values = ("dataset=plane", "dataset.noise=0.1", "dataset.standardize=true", "epochs=5", "seed=1,2")
    assert program("-m", "hydra/launcher=batched", *of_values, "hydra.sweep.dir=sweep").status == 0
    sweep = Sweep("sweep")
    pictures = Pictures(settings(sweep.jobs()))
    (plane,), fields = pictures.planes, pictures.arrays()["fields"].astype(float) / 127
    places = [plane["low"][k] + (np.arange(SIDE) + 0.5) / SIDE * (plane["high"][k] - plane["low"][k]) for k in range(2)]
    everywhere = np.stack(np.meshgrid(*places), axis=-1).reshape(-1, 2)
    bottom, top = plane["values"]
    for job in sweep.jobs():
        coded = fields[pictures.picture_of[job.number]]
        values = ((job.run.predict(everywhere) - bottom) / (top - bottom)).clip(0, 1).reshape(SIDE, SIDE)
        np.testing.assert_allclose((1 + np.sign(coded) * coded**2) / 2, values, atol=0.01)
    legend = open_page(sweep.report_file).inner_text("#grid-legend")
    assert "value, from orange" in legend
    assert "where the class" not in legend


def test_the_line_of_a_seed_is_where_its_network_says_one_half(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    """Read off the page: the first points of the line of the best job of the best setting."""
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    page.wait_for_selector("html[data-drawn]", state="attached")
    thumbnail = page.locator("#setting .thumbnail").nth(0)
    line = thumbnail.locator("path.seeds").get_attribute("d")
    best = settings(sweep.jobs())[0]
    job = max(best.jobs, key=lambda job: job.metrics["val_acc"] or 0)
    plane = Pictures([best]).planes[0]
    points = [tuple(map(float, part.split())) for part in line[1:].replace("M", "L").split("L")]
    assert len(points) > 20
    low, high = np.array(plane["low"]), np.array(plane["high"])
    for across, down in points[:: len(points) // 10]:
        x = low + (high - low) * np.array([across / SIDE, 1 - down / SIDE])
        assert job.run.predict(x.tolist())[0] == pytest.approx(0.5, abs=0.08)


def test_cells_show_the_mean_and_choosing_one_opens_its_seeds(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    cells = page.locator("#grid-cells .cell")
    assert cells.count() == 6
    cell = page.get_by_role("button", name="hidden 2, lr 0.1:")
    values = numbers_of(sweep, "val_acc", model__hidden="2", optimizer__lr="0.1")
    assert len(values) == 5
    assert cell.locator(".value").inner_text() == f"{statistics.fmean(values):.3f} ✕1"
    assert cell.get_attribute("aria-pressed") == "false"
    before = page.evaluate("document.querySelector('#setting canvas').toDataURL()")
    cell.click()
    assert cell.get_attribute("aria-pressed") == "true"
    assert page.locator("#grid-cells [aria-pressed=true]").count() == 1
    assert page.inner_text("#setting-title") == "hidden 2, lr 0.1"
    assert page.evaluate("document.querySelector('#setting canvas').toDataURL()") != before
    said = page.inner_text("#setting-content")
    assert f"median {statistics.median(values):.3f}" in said
    assert "✕ 1 of 6 did not finish" in said
    names = page.locator("#setting .thumbnail").all_inner_texts()
    assert [name.split("\n")[1] for name in names] == [f"{value:.3f}" for value in sorted(values, reverse=True)] + [
        "diverged"
    ]


def test_the_grid_works_with_the_keyboard(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    page.locator("#threshold").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    assert page.inner_text("#setting-title") == name.split(":")[0]
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"


def test_how_many_seeds_are_good_enough_follows_the_threshold(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    values = numbers_of(sweep, "val_acc", model__hidden="8", optimizer__lr="1")
    for threshold in (0.97, 0.9, 0.5):
        page.fill("#threshold", str(threshold))
        good = sum(value >= threshold for value in values)
        assert f"{good} of 6 jobs reach at least {threshold:g}" in page.inner_text("#setting-content")


def test_a_key_more_turns_over_the_pages_of_the_grid(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["words"].report_file)
    selects = page.locator("#grid-choices select")
    assert selects.count() == 3
    assert page.locator("#grid-cells .cell").count() == 4
    names = page.locator("#grid-cells .cell").evaluate_all("cells => cells.map(c => c.getAttribute('aria-label'))")
    turned = selects.nth(2)
    turned.select_option(str(1 - turned.evaluate("select => select.selectedIndex")))
    after = page.locator("#grid-cells .cell").evaluate_all("cells => cells.map(c => c.getAttribute('aria-label'))")
    assert not set(names) & set(after)
    selects.nth(0).select_option(selects.nth(1).input_value())
    assert page.locator("#grid-cells .cell").count() == 4


def test_many_values_are_listed_in_their_order(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["many values"].report_file)
    names = page.locator(".cell-name").all_inner_texts()
    assert len(names) == 20
    shown = [float(name.split()[-1]) for name in names]
    assert shown == sorted(shown)


def test_only_seeds_are_shown_as_their_spread(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["seeds"].report_file)
    assert page.locator("#grid").is_hidden()
    assert page.locator("#paths").is_hidden()
    assert page.locator("#parameters").is_hidden()
    assert page.locator("#setting .thumbnail").count() == 8
    assert page.locator("#setting .chart circle").count() == 8
    assert page.locator("#table-rows tbody tr").count() == 8


def test_lines_of_a_regression_end_at_the_slope_of_each_job(sweeps: dict[str, Sweep]) -> None:
    sweep = sweeps["line"]
    pictures = Pictures(settings(sweep.jobs()))
    lines = pictures.arrays()["lines"]
    assert len(lines) == 6, "those that diverged have none"
    for number_, place in pictures.picture_of.items():
        run = Run(sweep.folder / str(number_))
        low, high = (pictures.planes[0][end][0] for end in ("low", "high"))
        assert lines[place, [0, -1]] == pytest.approx(run.predict([[low], [high]]), rel=1e-5)


def test_a_thumbnail_leads_to_the_page_of_its_job_or_to_the_command(
    sweeps: dict[str, Sweep], open_page: OpenPage, tmp_path: Path
) -> None:
    folder = tmp_path / "seeds"
    shutil.copytree(sweeps["seeds"].folder, folder)
    (folder / "5" / "report.html").write_text("<!doctype html><title>Job 5</title>")
    page = open_page(sweep_page.write(Sweep(folder)))
    links = page.locator("#setting a.thumbnail")
    assert [link.get_attribute("href") for link in links.all()] == ["5/report.html"]
    assert page.locator("#table-rows a").get_attribute("href") == "5/report.html"
    page.get_by_role("button", name="seed 2,").click()
    assert page.inner_text("#setting .command").endswith(f"python -m backprop_lab.report {folder}/2")


def test_a_finished_job_that_cannot_be_read_is_named(sweeps: dict[str, Sweep], tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    shutil.copytree(sweeps["seeds"].folder, folder)
    (folder / "6" / "checkpoints" / "last.ckpt").write_bytes(b"damaged")
    text = sweep_page.write(Sweep(folder)).read_text(encoding="utf-8")
    assert "finished, but without a picture here" in text
    assert "job 6: " in text
    assert "last.ckpt: damaged" in text


# -- charts -----------------------------------------------------------------------------------------------------------


def test_each_key_has_a_chart_with_a_line_for_each_value_of_the_other(
    sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    page = open_page(sweeps["moons"].report_file)
    charts = page.locator("#parameters .chart svg")
    assert [chart.get_attribute("aria-label") for chart in charts.all()] == [
        "validation accuracy against hidden",
        "validation accuracy against lr",
    ]
    names = charts.nth(1).locator(".end-label").all_text_contents()
    assert sorted(names) == ["hidden 2", "hidden 8"]
    assert charts.nth(1).locator(".failed").all_text_contents() == ["✕2", "✕1"]
    assert charts.nth(0).locator(".x-tick:not(.failed)").all_text_contents() == ["2", "8"]


def test_another_metric_changes_all_panels_and_the_address(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    page.select_option("#metric", "val_loss")
    values = numbers_of(sweep, "val_loss", model__hidden="8", optimizer__lr="1")
    value = page.get_by_role("button", name="hidden 8, lr 1:").locator(".value").inner_text()
    assert value == f"{statistics.fmean(values):.3f}"
    assert page.inner_text("#parameters-title") == "Validation loss"
    assert "at most" in page.inner_text("#setting-content")
    assert page.evaluate("location.hash") == "#metric=val_loss"


def test_the_address_brings_back_what_was_chosen(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file, fragment="#setting=2&metric=val_loss&theme=dark")
    assert page.locator("#metric").input_value() == "val_loss"
    third = settings(sweeps["moons"].jobs())[2].values
    assert page.inner_text("#setting-title") == f"hidden {third['model.hidden']}, lr {third['optimizer.lr']}"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"


def test_a_range_on_an_axis_keeps_settings_on_the_whole_page(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    assert page.locator("#paths path.path").count() == 6
    page.click("#paths-ranges summary")
    page.get_by_label("lr from").fill("0.05")
    page.get_by_label("lr from").press("Tab")
    assert page.locator("#paths path.path.faded").count() == 2
    assert page.locator("#grid-cells .cell.faded").count() == 2
    assert sorted(column(page, "lr")) == ["0.1", "0.1", "1", "1"]
    assert "4 of 6 settings are within the ranges" in page.inner_text("#paths-legend")
    page.get_by_role("button", name="Clear ranges").click()
    assert page.locator(".faded").count() == 0
    assert len(column(page, "lr")) == 6


def test_a_range_can_be_dragged_along_an_axis(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    page.locator("#paths").scroll_into_view_if_needed()
    box = page.locator("#paths .brush .overlay").nth(0).bounding_box()
    x, top = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(x, top + 2)
    page.mouse.down()
    page.mouse.move(x, top + box["height"] / 2, steps=4)
    page.mouse.up()
    assert set(column(page, "hidden")) == {"8"}
    assert page.locator("#grid-cells .cell.faded").count() == 3


def test_axes_move_with_buttons(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    names = page.locator("#paths .axis .name")
    assert names.all_text_contents()[:2] == ["hidden", "lr"]
    page.click("#paths-ranges summary")
    page.get_by_role("button", name="hidden: to the right").press("Enter")
    assert names.all_text_contents()[:2] == ["lr", "hidden"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "hidden: to the right"


def test_what_diverged_runs_into_its_lane(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["line"].report_file)
    assert page.locator("#paths path.path.failed").count() == 1
    assert page.locator("#paths .tick.failed").all_text_contents() == ["diverged", "diverged"]


def test_a_click_on_a_path_chooses_its_setting(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    path = page.locator("#paths path.path").nth(0)
    label = path.locator("title").text_content().split(":")[0]
    path.dispatch_event("click")
    assert page.inner_text("#setting-title") == label


# -- table ------------------------------------------------------------------------------------------------------------


def test_the_table_has_the_numbers_of_sweep_csv_best_first(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    shown = zip(*(column(page, label) for label in ("hidden", "lr", "validation accuracy", "finished")), strict=True)
    means = []
    for hidden, lr, accuracy, finished in shown:
        values = numbers_of(sweep, "val_acc", model__hidden=hidden, optimizer__lr=lr)
        mean, deviation = map(number, accuracy.split(" ± "))
        assert mean == pytest.approx(statistics.fmean(values), abs=0.00051)
        assert deviation == pytest.approx(statistics.stdev(values), abs=0.00051)
        assert finished == f"{len(values)} of 6"
        means.append(statistics.fmean(numbers_of(sweep, "val_loss", model__hidden=hidden, optimizer__lr=lr)))
    assert len(means) == 6
    assert means == sorted(means)


@pytest.mark.parametrize(
    ("sweep", "label", "score", "ascends"),
    [
        ("moons", "validation macro F1", "val_f1", False),
        ("moons", "validation ROC-AUC", "val_roc_auc", False),
        ("margins", "validation macro F1", "val_f1", False),
        ("line", "validation mean absolute error", "val_mae", True),
        ("words", "validation log loss", "val_log_loss", True),
    ],
)
def test_the_table_has_the_scores_and_sorts_them_as_they_are_better(
    sweeps: dict[str, Sweep], open_page: OpenPage, sweep: str, label: str, score: str, ascends: bool
) -> None:
    page = open_page(sweeps[sweep].report_file)
    means = [number(cell.split(" ± ")[0]) for cell in column(page, label) if cell != "–"]
    expected: dict[str, list[float]] = {}
    keys = [
        key for key in ("model.hidden", "model.activation", "optimizer.lr", "loss") if key in rows_of(sweeps[sweep])[0]
    ]
    for row in rows_of(sweeps[sweep]):
        if row["status"] == "finished":
            expected.setdefault(str([row[key] for key in keys]), []).append(float(row[score]))
    assert sorted(means) == pytest.approx(sorted(map(statistics.fmean, expected.values())), rel=2e-3, abs=0.00051)
    page.get_by_role("button", name=label, exact=True).click()
    means = [number(cell.split(" ± ")[0]) for cell in column(page, label) if cell != "–"]
    assert means == sorted(means, reverse=not ascends)


def test_a_score_has_no_learning_curves_and_the_page_says_so(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file, fragment="#metric=val_roc_auc")
    legend = page.locator("#learning-legend").inner_text()
    assert legend.endswith("This is measured at the end of a training: there are no curves.")
    assert page.locator("#learning-chart svg").count() == 0
    assert "val_log_loss" not in page.locator("#metric").inner_html()  # it is the loss


def test_the_table_is_sorted_by_a_click_on_a_head(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    head = page.locator("#table-rows th", has_text="validation accuracy").nth(0)
    head.get_by_role("button").click()
    means = [number(cell.split(" ±")[0]) for cell in column(page, "validation accuracy")]
    assert means == sorted(means, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    head.get_by_role("button").press("Enter")
    assert [number(cell.split(" ±")[0]) for cell in column(page, "validation accuracy")] == sorted(means)
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.locator("#table-rows th[aria-sort=none]").count() == page.locator("#table-rows thead th").count() - 1


def test_what_has_no_value_is_sorted_last_both_ways(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["line"].report_file)
    head = page.locator("#table-rows th", has_text="validation loss").nth(0).get_by_role("button")
    for _ in range(2):
        head.click()
        assert column(page, "lr")[-1] == "100"
        assert column(page, "validation loss")[-1] == "–"


def test_rows_are_filtered_by_words_and_by_comparisons(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["words"].report_file)
    assert len(column(page, "hidden")) == 8
    page.get_by_label("Filter activation").fill("tan")
    assert set(column(page, "activation")) == {"tanh"}
    accuracies = [number(cell) for cell in column(page, "validation accuracy")]
    limit = sorted(accuracies)[1]
    page.get_by_label("Filter validation accuracy").fill(f"> {limit}")
    assert len(column(page, "activation")) == sum(value > limit for value in accuracies)
    assert "of 8 jobs" in page.inner_text("#table-pages")
    page.get_by_label("Filter activation").fill("")
    page.get_by_label("Filter validation accuracy").fill("")
    page.get_by_label("Filter all columns").fill("[4,4]")
    assert set(column(page, "hidden")) == {"[4,4]"}


def test_a_setting_expands_to_its_jobs_and_jobs_have_rows_of_their_own(
    sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    page.get_by_role("button", name="Jobs of hidden 8, lr 1").press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert page.locator("#table-rows .jobs tbody tr").count() == 6
    page.get_by_label("One row per job").check()
    by_job = dict(zip(column(page, "job"), column(page, "validation accuracy"), strict=True))
    assert len(by_job) == 36
    for row in rows_of(sweep):
        if row["status"] == "finished":
            assert number(by_job[row["job"]]) == pytest.approx(float(row["val_acc"]), abs=5e-5)
        else:
            assert by_job[row["job"]] == "–"
    assert column(page, "status").count("✕ diverged") == 2


def test_the_table_can_be_saved_as_csv(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["words"].report_file, accept_downloads=True)
    page.get_by_label("Filter activation").fill("relu")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 4
    expected = {row["job"]: row for row in rows_of(sweeps["words"])}
    for row in rows:
        assert float(row["validation loss"]) == float(expected[row["job"]]["val_loss"])
        assert row["hidden"] == expected[row["job"]]["model.hidden"]


def test_what_is_saved_is_no_formula(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["words"].report_file, accept_downloads=True)
    row = '["=1+1", -2, "plain", "@SUM(1)"]'
    columns = '["+label", "n", "word", "at"].map((label, i) => ({ label, value: (row) => row[i] }))'
    with page.expect_download() as download:
        page.evaluate(f"() => saveCsv([{row}], {columns})")
    assert Path(download.value.path()).read_text() == "'+label,n,word,at\n'=1+1,-2,plain,'@SUM(1)\n"


# -- a thousand jobs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", quick_of(["moons", "line", "failed", "classes"], "moons", "failed"))
def test_those_who_cannot_see_it_can_use_it(name: str, dark: bool, sweeps: dict[str, Sweep], browser: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # axe puts its script into the page, which the policy refuses: for this test alone it does not hold.
    context = browser.new_context(bypass_csp=True, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(sweeps[name].report_file.as_uri())
    page.wait_for_selector("html[data-drawn]", state="attached")
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    context.close()
    assert serious == []


def test_without_scripts_it_says_what_came_of_it(sweeps: dict[str, Sweep], browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(sweeps["moons"].report_file.as_uri())
    text = page.inner_text("body")
    context.close()
    for part in ("Best: hidden 8, lr 1.", "Scripts are disabled", "✕ 2 diverged", "python -m train -m"):
        assert part in text


@pytest.fixture(scope="module")
def thousand(sweeps: dict[str, Sweep], tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """4 widths, 5 learning rates and 50 seeds, from 36 jobs that were trained, with their weights a little moved."""
    from backprop_lab.runs import checkpoint

    folder = tmp_path_factory.mktemp("thousand")
    random = np.random.default_rng(0)
    source = [job for job in sweeps["moons"].jobs() if job.status == "finished"]
    states = {job.number: job.run.state() for job in source}
    combinations = itertools.product([2, 4, 8, 16], [0.01, 0.03, 0.1, 0.3, 1], range(50))
    for number_, (hidden, lr, seed) in enumerate(combinations):
        job, run = source[number_ % len(source)], Run(folder / str(number_))
        run.checkpoint_file("last").parent.mkdir(parents=True)
        run.config_file.parent.mkdir()
        shutil.copy(job.run.config_file, run.config_file)
        typed = [*MOONS, f"model.hidden={hidden}", f"optimizer.lr={lr}", f"seed={seed}"]
        run.overrides_file.write_text(json.dumps(typed))
        state = copy.deepcopy(states[job.number])
        for name, weight in state.weights.items():
            state.weights[name] = (weight * random.normal(1, 0.1, weight.shape)).astype(weight.dtype)
        run.checkpoint_file("last").write_bytes(checkpoint.dump(state))
        metrics = {name: value * random.uniform(0.9, 1) for name, value in job.metrics.items() if value is not None}
        run.summary_file.write_text(json.dumps({**job.summary, "metrics": metrics}))
    return Sweep(folder)


@pytest.mark.slow
def test_a_thousand_jobs_are_a_small_page(thousand: Sweep, open_page: OpenPage) -> None:
    page_file = sweep_page.write(thousand)
    assert page_file.stat().st_size < 2_000_000
    page = open_page(page_file)
    page.wait_for_selector("html[data-drawn]", state="attached")
    assert page.locator("#grid-cells .cell").count() == 20
    assert "50 of 50 finished" in page.locator("#grid-cells .cell").nth(0).get_attribute("aria-label")
    page.get_by_label("One row per job").check()
    assert page.locator("#table-rows tbody tr").count() == 100
    page.get_by_role("button", name="Next").click()
    assert "page 2 of 10" in page.inner_text("#table-pages")


def test_where_there_is_no_room_for_every_picture_a_sample_from_best_to_worst_is_shown(
    sweeps: dict[str, Sweep], tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(sweeps["moons"].folder, tmp_path / "sweep")
    sweep = Sweep(tmp_path / "sweep")
    best = settings(sweep.jobs())[0]
    monkeypatch.setattr(sweep_pictures, "MOST_PICTURES", 3 * 6)  # three of the six seeds of each setting
    page = open_page(sweep_page.write(sweep))
    page.select_option("#metric", label="validation loss")
    assert "3 of 6 jobs, evenly from best to worst" in page.inner_text("#setting")
    assert page.locator(".thumbnail").count() == 3
    assert page.locator(".thumbnail .empty").count() == 0
    losses = [job.metrics["val_loss"] for job in best.jobs]
    numbers = [float(line) for line in page.inner_text("#setting .thumbnails").splitlines() if line.startswith("0.")]
    assert [numbers[0], numbers[-1]] == pytest.approx([min(losses), max(losses)], abs=5e-4)  # type: ignore[type-var]


@pytest.mark.slow
def test_a_metric_that_some_data_sets_do_not_have_is_said_to_be_missing(
    program: Program, tmp_path: Path, open_page: OpenPage
) -> None:
    swept = ("dataset=linear,moons", "model.hidden=2,3", "seed=1,2")
    assert program("-m", *QUICK, "epochs=2", *swept, "hydra.sweep.dir=sweep").status == 0
    page = open_page(tmp_path / "sweep" / "report.html")
    assert page.locator("#grid-cells .value").all_inner_texts().count("no accuracy") == 2
    page.select_option("#metric", label="validation R²")
    assert page.locator("#grid-cells .value").all_inner_texts().count("no R²") == 2
    legend = page.inner_text("#grid-legend")
    assert "probability of class 1" in legend
    assert "For a regression: each line" in legend


def test_margins_are_shaded_as_the_head_does_and_named_in_the_legend(
    sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    sweep = sweeps["margins"]
    legend = open_page(sweep.report_file).inner_text("#grid-legend")
    assert "probability of class 1, from orange (0) to blue (1)" in legend
    assert "margin, from orange (−1) to blue (1)" in legend
    assert "where the class changes" in legend
    (job,) = (job for job in sweep.jobs() if job.values["loss"] == "hinge")
    pictures = Pictures(settings(sweep.jobs()))
    coded = pictures.arrays()["fields"][pictures.picture_of[job.number]].astype(float) / 127
    low, high = pictures.planes[0]["low"], pictures.planes[0]["high"]
    places = [low[k] + (np.arange(SIDE) + 0.5) / SIDE * (high[k] - low[k]) for k in range(2)]
    margins = job.run.predict(np.stack(np.meshgrid(*places), axis=-1).reshape(-1, 2)).reshape(SIDE, SIDE)
    assert np.abs(margins).max() > 1
    np.testing.assert_allclose(np.sign(coded) * coded**2, margins.clip(-1, 1), atol=0.01)


def test_what_is_printed_has_the_heads_and_the_pictures(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    print_out(page)
    assert beyond_the_paper(page) == []
    assert page.locator("#table-rows th").first.inner_text() == "hidden"
    assert page.locator("#setting .thumbnail").first.is_visible()
    assert page.locator("#grid-cells .cell canvas").first.is_visible()
    assert page.get_by_role("button", name="Copy").first.is_hidden()


def test_a_dark_page_is_printed_in_light_colours(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page, light = open_page(sweeps["moons"].report_file, dark=True), open_page(sweeps["moons"].report_file)
    brightness = """() => [...document.querySelectorAll(".plane canvas")].map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value) => sum + value, 0) / data.length;
    })"""
    wanted, before = light.evaluate(brightness), page.evaluate(brightness)
    print_out(page)
    assert page.evaluate(brightness) == pytest.approx(wanted) != pytest.approx(before)
    page.emulate_media(media="screen", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(brightness) == pytest.approx(before)


def test_nothing_joins_values_without_an_order(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    for name, key in (("moons", "hidden"), ("margins", "loss")):
        page = open_page(sweeps[name].report_file)
        chart = page.locator("#parameters-charts > div", has_text=f"against {key}").first
        assert (chart.locator("g[fill=none] > path").count() > 0) == (key == "hidden"), name


# -- one statistic, one order -----------------------------------------------------------------------------------------


def test_page_table_and_terminal_have_the_same_means_in_the_same_order(
    sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    told = [line.split() for line in lines(sweep.jobs())[1:7]]
    assert [row[0] for row in told] == column(page, "hidden")
    assert [row[1] for row in told] == column(page, "lr")
    means = {(row[0], row[1]): float(row[row.index("±", row.index("±") + 1) - 1]) for row in told}
    shown = [cell.split(" ± ")[0] for cell in column(page, "validation accuracy")]
    assert [float(value) for value in shown] == pytest.approx(list(means.values()), abs=6e-4)
    for cell in page.locator("#grid-cells .cell").all():
        label = cell.get_attribute("aria-label")
        hidden, lr, mean = re.findall(r"hidden (\S+), lr (\S+): mean validation accuracy (\S+),", label)[0]
        assert float(mean) == pytest.approx(means[hidden, lr], abs=6e-4)
    for place in ("#grid-legend", "#parameters-legend", "#paths-legend"):
        assert "mean" in page.inner_text(place)


def test_rows_and_columns_are_those_of_the_pictures(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    jobs = sweeps["moons"].jobs()
    page = open_page(sweeps["moons"].report_file)
    down = [label.removeprefix("hidden ") for label in page.locator("#grid-cells .down").all_inner_texts()]
    across = [label.removeprefix("lr ") for label in page.locator("#grid-cells .across").all_inner_texts()]
    picture = draw.heat_map(jobs)
    assert picture is not None
    axes = picture.axes[0]
    top_down = axes.get_yticklabels()
    assert axes.yaxis_inverted()
    assert [label.get_text() for label in top_down] == down
    assert [label.get_text() for label in axes.get_xticklabels()] == across


def test_what_is_nearly_perfect_is_shown_as_its_distance_from_1(tmp_path: Path, open_page: OpenPage) -> None:
    fixed = [option for option in LINE if option != "epochs=20"]
    sweep = train_sweep(tmp_path, [*fixed, "epochs=600"], {"optimizer.lr": [0.05, 0.06, 0.1], "seed": [0, 1]})
    page = open_page(sweep.report_file)
    assert page.locator("#metric option").first.inner_text() == "validation 1 − R²"
    for chart in ("#parameters-charts", "#paths-chart"):
        ticks = page.locator(f"{chart} text").all_text_contents()
        assert not [tick for tick in ticks if ticks.count("1") > 1]
    expected = [1 - float(np.mean([job.metrics["val_r2"] for job in s.jobs])) for s in settings(sweep.jobs())]
    shown = [cell.split(" ± ")[0] for cell in column(page, "validation 1 − R²")]
    assert shown == [page.evaluate("(value) => shortText(value)", value) for value in expected]


def test_a_seed_that_changes_nothing_is_said_to(tmp_path: Path, sweeps: dict[str, Sweep]) -> None:
    same = train_sweep(tmp_path, (*QUICK, "experiment=linear_regression", "epochs=3"), {"seed": [0, 1, 2]})
    said = "The seed changes nothing here: all runs of a setting gave the same numbers."
    assert said in lines(same.jobs())
    assert said in sweep_words.verdict(settings(same.jobs()), same.jobs()).reached
    for name in ("moons", "line", "one"):
        assert said not in lines(sweeps[name].jobs())


def test_a_best_setting_that_has_learned_nothing_is_not_praised(tmp_path: Path, sweeps: dict[str, Sweep]) -> None:
    line = ("dataset=moons", "dataset.n_samples=200", "epochs=1", *QUICK)
    poor = train_sweep(tmp_path, line, {"optimizer.lr": [0.001, 0.002], "seed": [0, 1]})
    success = [job.summary["success"] for job in poor.jobs()]
    assert success == [False] * 4
    said = sweep_words.verdict(settings(poor.jobs()), poor.jobs())
    assert said.best.startswith("Best: lr ")
    assert "None of the runs is a success" in said.reached
    noises: dict[str, list[Any]] = {"dataset.noise": [0.1, 0.2], "seed": [0, 1]}
    both = train_sweep(tmp_path / "both", (*line, "optimizer.lr=0.001"), noises)
    assert sweep_words.verdict(settings(both.jobs()), both.jobs()).reached.count(", no run a success") == 2
    jobs = sweeps["line"].jobs()
    assert any(job.summary["success"] for job in jobs)
    assert "success" not in sweep_words.verdict(settings(jobs), jobs).reached


def test_a_deviation_of_nothing_is_0() -> None:
    assert spread([2.25e-13, 2.25e-13]) == "2.25e-13 ± 0"


# -- many seeds -------------------------------------------------------------------------------------------------------


def test_the_worst_of_many_is_two_clicks_away(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    sweep = sweeps["seeds"]
    page = open_page(sweep.report_file)
    page.get_by_role("button", name="Worst first").click()
    assert "Every job, worst first" in page.inner_text("#setting")
    worst = min(sweep.jobs(), key=lambda job: (job.metrics["val_acc"], job.number))
    first = page.locator(".thumbnail").first
    assert f"{worst.metrics['val_acc']:.3f}" in first.inner_text()
    first.click()
    said = page.inner_text("#setting .command")
    assert re.fullmatch(r"Job \d+ has no page yet\. Make it: python -m backprop_lab\.report \S+/\d+", said)
    page.get_by_role("button", name="Best first").click()
    assert "Every job, best first" in page.inner_text("#setting")


def test_a_histogram_counts_every_job_up_to_the_worst(
    sweeps: dict[str, Sweep], open_page: OpenPage, tmp_path: Path
) -> None:
    shutil.copytree(sweeps["seeds"].folder, tmp_path / "sweep")
    source = json.loads((tmp_path / "sweep" / "0" / "summary.json").read_text())
    for i in range(8, 300):
        shutil.copytree(tmp_path / "sweep" / "0", tmp_path / "sweep" / str(i))
        typed = [*MOONS, f"seed={i}"]
        (tmp_path / "sweep" / str(i) / ".hydra" / "overrides.yaml").write_text(json.dumps(typed))
        metrics = source["metrics"] | {"val_acc": 0.02 if i == 8 else 0.9 + i / 10_000}
        (tmp_path / "sweep" / str(i) / "summary.json").write_text(json.dumps(source | {"metrics": metrics}))
    sweep = Sweep(tmp_path / "sweep")
    page = open_page(sweep_page.write(sweep))
    bars = page.locator("#setting .chart rect title").all_text_contents()
    counts = [(int(n), float(low)) for n, low in re.findall(r"(\d+) jobs from (\S+) to", " ".join(bars))]
    assert sum(n for n, _ in counts) == 300
    assert counts[0] == (1, 0.02)
    assert "jobs (logarithmic)" in page.inner_text("#setting .chart")


SAID_OF_SETTINGS = """() => ({
  table: document.querySelector("#table-rows tbody").innerText,
  cells: [...document.querySelectorAll("#grid-cells .cell")].map((cell) => cell.getAttribute("aria-label")),
  setting: document.querySelector("#setting-content").children[0].children[1].children[0].innerText,
  unfinished: [...document.querySelectorAll("#parameters .failed")].map((text) => text.textContent),
  means: [...document.querySelectorAll("#parameters .chart")].map((chart) =>
    [...chart.querySelectorAll("circle[stroke]")].map((dot) => dot.getAttribute("cy"))),
  paths: [...document.querySelectorAll("#paths-chart .path title")].map((title) => title.textContent),
})"""


def listing_few(patch: pytest.MonkeyPatch, most: int, of_a_setting: int, worst: int) -> None:
    patch.setattr(sweep_listed, "MOST_JOBS", most)
    patch.setattr(sweep_listed, "FEWEST", of_a_setting)
    patch.setattr(sweep_listed, "WORST", worst)
    patch.setattr(sweep_pictures, "MOST_PICTURES", 0)


def test_what_a_page_says_of_settings_is_of_all_jobs_though_it_lists_few(
    sweeps: dict[str, Sweep], tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_of_all = open_page(sweeps["moons"].report_file).evaluate(SAID_OF_SETTINGS)
    shutil.copytree(sweeps["moons"].folder, tmp_path / "sweep")
    sweep = Sweep(tmp_path / "sweep")
    listing_few(monkeypatch, most=20, of_a_setting=2, worst=4)
    page = open_page(sweep_page.write(sweep))
    said = page.evaluate(SAID_OF_SETTINGS)
    # The best setting has reached its threshold as often: this number is read off quantiles.
    about = re.sub("about ", "", said.pop("setting"))
    assert about == said_of_all.pop("setting")
    assert said == said_of_all
    assert any(text.startswith("✕") for text in said["unfinished"])

    page.get_by_label("One row per job").check()
    listed = {int(cell) for cell in column(page, "job")}
    sentence = re.search(r"Of 36 jobs (\d+) are listed one by one: a fair sample of (\d+)", page.inner_text("#table"))
    assert sentence is not None
    assert (int(sentence[1]), int(sentence[2])) == (len(listed), 6 * 3)
    assert len(listed) < 36
    finished = [job for job in sweep.jobs() if job.status == "finished"]
    worst = ranked(finished)[-4:]
    assert {job.number for job in [*worst, *(job for job in sweep.jobs() if job.status != "finished")]} <= listed
    page.get_by_label("One row per setting").check()
    page.fill("#threshold", "0.5")
    assert "of 6 jobs" in page.inner_text("#setting-content")


def test_the_numbers_of_all_jobs_of_a_setting_are_those_of_numpy() -> None:
    random = np.random.default_rng(0)
    losses = np.exp(random.normal(size=5_000) * 3)
    (found,) = sweep_listed.whole(Setting({}, []), {"val_loss": losses}, {"val_loss"})["metrics"].values()
    assert found["mean"] == pytest.approx(losses.mean())
    assert found["deviation"] == pytest.approx(losses.std(ddof=1))
    assert [found["min"], found["max"]] == [losses.min(), losses.max()]
    assert sum(found["bins"]) == found["count"] == 5_000
    assert found["bins"][3] == pytest.approx(
        ((losses >= found["edges"][3]) & (losses < found["edges"][4])).sum(), abs=2
    )
    assert found["edges"][1] / found["edges"][0] == pytest.approx(found["edges"][2] / found["edges"][1], rel=1e-3)
    same = sweep_listed.whole(Setting({}, []), {"val_acc": np.full(20, 0.5)}, ())["metrics"]["val_acc"]
    assert (same["bins"], same["deviation"], same["quantiles"][7]) == ([], 0.0, 0.5)
    huge = sweep_listed.whole(Setting({}, []), {"val_loss": np.full(100, 1e308)}, {"val_loss"})["metrics"]["val_loss"]
    assert (huge["mean"], huge["deviation"]) == (1e308, 0.0), "whose sum is no number"


def test_settings_of_few_jobs_are_listed_whole(sweeps: dict[str, Sweep], monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = sweeps["moons"].jobs()
    monkeypatch.setattr(sweep_listed, "MOST_JOBS", 6)
    every = sweep_listed.listed(jobs, settings(jobs), ())
    assert (every.said, list(every.jobs)) == ("", jobs)
    monkeypatch.setattr(sweep_listed, "FEWEST", 3)
    monkeypatch.setattr(sweep_listed, "WORST", 1)
    some = sweep_listed.listed(jobs, settings(jobs), [1])
    assert len(some.sample) == 6 * 3
    assert {1, 3} <= {job.number for job in some.jobs} < {job.number for job in jobs}
    assert not any(some.has_all(setting) for setting in settings(jobs))


@pytest.mark.slow
def test_how_many_of_very_many_are_good_enough_is_said_to_two_percent(
    thousand: Sweep, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing_few(monkeypatch, most=200, of_a_setting=10, worst=100)
    page = open_page(sweep_page.write(thousand))
    best = settings(thousand.jobs())[0]
    page.select_option("#metric", label="validation loss")
    losses = np.array([job.metrics["val_loss"] for job in best.jobs])
    for threshold in (*np.quantile(losses, [0.1, 0.35, 0.8]), 1.01 * losses.max(), losses.min() / 2):
        page.fill("#threshold", f"{threshold:.12g}")
        said = re.search(r"(about )?(\d+) of 50 jobs reach at most", page.inner_text("#setting-content"))
        assert said is not None
        assert int(said[2]) == pytest.approx((losses <= threshold).sum(), abs=1)
        assert (said[1] is None) == (not losses.min() <= threshold < losses.max())
    assert "of 50 jobs, evenly from best to worst" in page.inner_text("#setting-content")


# -- learning curves and the difference of two settings ---------------------------------------------------------------


def test_the_curves_are_median_and_middle_80_percent_of_metrics_csv(
    sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    ranked = settings(sweeps["moons"].jobs())
    page = open_page(sweeps["moons"].report_file)
    page.select_option("#metric", label="validation loss")
    page.select_option("#learning-other", label="hidden 2, lr 0.01")
    page.locator("#learning summary").click()
    page.locator("#learning tbody tr").first.wait_for()
    rows = [row.split("\t") for row in page.inner_text("#learning tbody").splitlines()]
    other = next(s for s in ranked if (s.values["model.hidden"], s.values["optimizer.lr"]) == (2, 0.01))
    for k, setting in enumerate((ranked[0], other), start=1):
        finished = [job.run.metrics()["val_loss"] for job in setting.jobs if job.status == "finished"]
        assert [number(row[k]) for row in rows] == pytest.approx(np.median(finished, axis=0).tolist(), rel=1e-3)
        (curves,) = curves_of([setting])
        assert curves is not None
        expected = np.quantile(finished, (0.1, 0.5, 0.9), axis=0)
        np.testing.assert_allclose(curves.bands["val_loss"], expected)
    assert page.locator("#learning .chart path[fill-opacity], #learning .chart [fill-opacity] path").count() == 2
    missing = sum(job.status != "finished" for job in other.jobs)
    assert f"(6 jobs; {6 - missing} jobs)" in page.inner_text("#learning-legend")


def test_settings_of_different_lengths_have_curves_up_to_the_epochs_of_all(tmp_path: Path) -> None:
    stopping = ("stop=patience", "stop.patience=2", "stop.min_delta=0.005", "optimizer.lr=2")
    sweep = train_sweep(tmp_path, [*MOONS, *stopping], {"seed": [0, 1, 2, 3]})
    lengths = [len(job.run.metrics()["epoch"]) for job in sweep.jobs()]
    assert len(set(lengths)) > 1
    (curves,) = curves_of(settings(sweep.jobs()))
    assert curves is not None
    assert curves.epochs.tolist() == list(range(1, min(lengths) + 1))


def test_the_interval_of_a_difference_is_that_of_scipy(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["seeds"].report_file)
    for freedom in (1, 2, 3, 4, 5, 10, 31, 100, 999):
        for probability in (0.5, 0.95, 0.999):
            quantile = page.evaluate(f"studentQuantile({probability}, {freedom})")
            assert quantile == pytest.approx(stats.t.ppf((1 + probability) / 2, freedom), rel=1e-9)
    random = np.random.default_rng(0)
    for n in (2, 3, 8, 50):
        a, b = random.normal(size=(2, n))
        interval = page.evaluate("(differences) => differenceInterval(differences)", (a - b).tolist())
        expected = stats.ttest_rel(a, b).confidence_interval(0.95)
        assert [interval["low"], interval["high"]] == pytest.approx([expected.low, expected.high], rel=1e-9)


def test_two_settings_are_compared_by_the_seeds_that_both_have(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    sweep = sweeps["moons"]
    page = open_page(sweep.report_file)
    by_seed = {
        (job.values["model.hidden"], job.values["optimizer.lr"], job.values["seed"]): job.metrics["val_acc"]
        for job in sweep.jobs()
        if job.status == "finished"
    }
    page.select_option("#learning-other", label="hidden 2, lr 0.01")
    pairs = [(by_seed[8, 1, s], by_seed[2, 0.01, s]) for s in range(6) if (2, 0.01, s) in by_seed]
    assert len(pairs) == 4  # two of the jobs did not finish
    a, b = zip(*pairs, strict=True)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    said = page.inner_text("#learning-difference")
    found = re.findall(r": (\S+) on average; 95 % interval from (\S+) to (\S+):", said)[0]
    assert [number(text) for text in found] == pytest.approx(
        [np.mean(a) - np.mean(b), expected.low, expected.high], abs=6e-4
    )
    assert "Paired by 4 seeds" in said
    assert ("does not hold 0" in said) == (expected.low > 0 or expected.high < 0)


def test_the_same_difference_with_each_seed_is_not_the_same_result(
    sweeps: dict[str, Sweep], open_page: OpenPage
) -> None:
    page = open_page(sweeps["seeds"].report_file)
    of_two = """([problems, values]) => differenceText(values.map((of, i) => ({
        problem: problems[i],
        jobs: of.map((value, seed) => ({ seed, isSample: true, metrics: { val_acc: value } }))
    })), { name: "val_acc", label: "accuracy" })"""
    easy, hard = "dataset.noise=0.1", "dataset.noise=0.4"
    said = page.evaluate(of_two, [[easy, easy], [[0.75, 0.5], [0.5, 0.25]]])
    assert said == "A − B, accuracy: 0.250 with each of 2 seeds."
    said = page.evaluate(of_two, [[easy, easy], [[0.75] * 3, [0.5] * 3]])
    assert said.endswith("with each of 3 seeds: the seed changes nothing here.")
    assert "not compared" in page.evaluate(of_two, [[easy, hard], [[0.75, 0.5], [0.5, 0.25]]])


def test_what_cannot_be_compared_is_not(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["margins"].report_file)  # two losses
    assert "numbers are not compared" in page.inner_text("#learning-difference")
    page = open_page(sweeps["many values"].report_file)  # without seeds
    assert "too few for an interval" in page.inner_text("#learning-difference")
    assert open_page(sweeps["seeds"].report_file).inner_text("#learning-difference") == ""
    assert open_page(sweeps["failed"].report_file).locator("#learning").count() == 0


# -- filters -----------------------------------------------------------------------------------------------------------


def test_the_example_of_a_filter_fits_its_column(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    hints = dict(
        zip(
            page.locator("#table-rows thead tr:first-child th").all_inner_texts(),
            page.eval_on_selector_all("#table-rows .filters input", "inputs => inputs.map((i) => i.placeholder)"),
            strict=True,
        )
    )
    assert hints["hidden"] == "= 2"
    assert hints["validation loss"] == "< 0.1"
    assert hints["validation accuracy"] == "> 0.9"


def test_a_filter_that_nothing_passes_says_so(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    page = open_page(sweeps["moons"].report_file)
    page.get_by_label("Filter lr").fill("abc")
    assert "0 of 6 settings" in page.inner_text("#table-pages")
    said = page.inner_text("#table-rows .why-empty")
    assert said.startswith("No setting passes lr “abc”.")
    assert "> 0.9" in said


def test_rows_of_a_single_setting_are_not_marked(sweeps: dict[str, Sweep], open_page: OpenPage) -> None:
    assert open_page(sweeps["seeds"].report_file).locator("#table-rows tr.chosen").count() == 0
    assert open_page(sweeps["moons"].report_file).locator("#table-rows tr.chosen").count() == 1


# -- the end of a sweep -----------------------------------------------------------------------------------------------


def test_a_sweep_ends_with_its_page_unless_told_otherwise(program: Program, tmp_path: Path) -> None:
    swept = ("-m", *MOONS, "epochs=1", "seed=1,2")
    assert program(*swept, "report=false", "hydra.sweep.dir=without").status == 0
    assert not (tmp_path / "without" / "report.html").exists()
    done = program(*swept, "hydra.sweep.dir=with")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "with/report.html"
    text = (tmp_path / "with" / "report.html").read_text(encoding="utf-8")
    assert "2 jobs · moons · 2 seeds" in text


def test_pictures_of_a_table_name_its_columns_and_classes(tmp_path: Path, open_page: OpenPage) -> None:
    fixed = (*QUICK, "dataset=csv", f"dataset.path={FLOWERS}", "dataset.ignore=[colour]", "epochs=2")
    page = open_page(train_sweep(tmp_path, fixed, {"optimizer.lr": [0.1, 0.3]}).report_file)
    assert page.locator("#grid-classes .regions > span").all_inner_texts() == ["lily", "rose", "tulip"]
    assert "to the right length, up width" in page.inner_text("#grid-legend")
    assert "class 0" not in page.inner_text("main")
