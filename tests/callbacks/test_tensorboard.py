"""What TensorBoard finds in a run's folder, read with TensorBoard's own reader."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from backprop_lab.callbacks import classes_text
from backprop_lab.experiment import experiment
from backprop_lab.runs.run import Run
from backprop_lab.training.next_step import next_step
from conftest import Silent, Train


@pytest.fixture
def run(train: Train) -> Run:
    return train("dataset.n_samples=100", "epochs=4", "model.hidden=3", "optimizer.lr=0.2")


def events(run: Run) -> EventAccumulator:
    every = {"scalars": 0, "images": 0, "histograms": 0}
    return EventAccumulator(str(run.tensorboard_folder), size_guidance=every).Reload()


def test_scalars_are_the_rows_of_metrics_csv(run: Run) -> None:
    read = events(run)
    history = run.metrics()
    for name in ("train_loss", "train_acc", "val_loss", "val_acc"):
        scalars = read.Scalars(name)
        assert [scalar.step for scalar in scalars] == [1, 2, 3, 4]
        assert [scalar.value for scalar in scalars] == pytest.approx(history[name].tolist(), rel=1e-6)


def test_training_and_validation_share_a_chart(run: Run) -> None:
    content = events(run).Tensors("custom_scalars__config__")[0].tensor_proto.string_val[0]
    (category,) = layout_pb2.Layout.FromString(content).category
    charts = {chart.title: list(chart.multiline.tag) for chart in category.chart}
    assert charts == {"loss": ["train_loss", "val_loss"], "accuracy": ["train_acc", "val_acc"]}


def test_figures_and_the_graph_are_there(run: Run) -> None:
    read = events(run)
    assert set(read.Tags()["images"]) == {"decision_boundary", "training_curves"}
    assert read.Images("decision_boundary")[0].encoded_image_string == run.figure_file("decision_boundary").read_bytes()
    assert read.Tags()["graph"] is True


def test_the_hparams_tab_has_hyperparameters_and_results_without_a_run_of_its_own(run: Run) -> None:
    assert [path.is_file() for path in run.tensorboard_folder.iterdir()] == [True]
    read = events(run)
    metadata = read.summary_metadata["_hparams_/session_start_info"]
    start = plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info
    assert start.hparams["model.hidden"].number_value == 3
    assert start.hparams["optimizer.lr"].number_value == pytest.approx(0.2)
    assert start.hparams["dataset"].string_value == "circle"
    assert not [name for name in start.hparams if name.startswith(("callbacks", "logger"))]
    metadata = read.summary_metadata["_hparams_/experiment"]
    experiment = plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content).experiment
    named = {info.name.tag for info in experiment.metric_infos}
    summary = run.summary
    assert {f"z_result/{part}_{name}" for part in ("final", "best") for name in ("val_loss", "val_acc")} <= named
    assert read.Scalars("z_result/final_val_acc")[0].value == pytest.approx(summary["metrics"]["val_acc"])
    assert read.Scalars("z_result/best_val_loss")[0].value == pytest.approx(summary["best"]["val_loss"])


def test_the_first_charts_are_curves(run: Run) -> None:
    tags = sorted(events(run).Tags()["scalars"])
    assert tags[:2] == ["train_acc", "train_loss"]
    assert all(tag.startswith("z_result/") for tag in tags[4:])


def test_without_being_asked_there_are_no_histograms(run: Run) -> None:
    assert events(run).Tags()["histograms"] == []


def test_histograms_hold_the_weights_and_gradients_of_the_recorded_epochs(train: Train) -> None:
    run = train("dataset.n_samples=100", "epochs=3", "model.hidden=3", "logger.tensorboard.histograms=true")
    read = events(run)
    frames = run.frames()
    for name in frames[0].weights:
        for kind in ("weights", "gradients"):
            histograms = read.Histograms(f"{kind}/{name}")
            assert [histogram.step for histogram in histograms] == [0, 1, 2, 3]
            for frame, histogram in zip(frames, histograms, strict=True):
                of = {"weights": frame.weights, "gradients": next_step(run.task, frame).gradients}[kind][name]
                value = histogram.histogram_value
                assert (value.num, value.min, value.max) == (of.size, of.min(), of.max())
                assert value.sum == pytest.approx(float(of.sum()), rel=1e-5, abs=1e-6)


def test_a_run_that_goes_on_has_each_histogram_once(train: Train) -> None:
    run = train("dataset.n_samples=100", "epochs=2", "model.hidden=3", "logger.tensorboard.histograms=true")
    experiment.resume(run, {"epochs": 4}, Silent(), began=0.0)
    assert [histogram.step for histogram in events(run).Histograms("weights/layers.0.weight")] == [0, 1, 2, 3, 4]


def graphs(run: Run) -> int:
    loaded = [EventFileLoader(str(file)).Load() for file in sorted(run.tensorboard_folder.iterdir())]
    return sum(bool(event.graph_def) for events in loaded for event in events)


def test_a_run_that_goes_on_has_one_graph(run: Run) -> None:
    for epochs in (6, 7):
        experiment.resume(run, {"epochs": epochs}, Silent(), began=0.0)
    assert graphs(run) == 1
    assert sorted(scalar.step for scalar in events(run).Scalars("val_loss")) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("cut", [0, 5, 200])
def test_a_run_whose_events_were_cut_short_gets_its_graph(run: Run, cut: int) -> None:
    (file,) = run.tensorboard_folder.iterdir()
    file.write_bytes(file.read_bytes()[:cut])
    experiment.resume(run, {"epochs": 5}, Silent(), began=0.0)
    newest = max(run.tensorboard_folder.iterdir(), key=lambda path: path.stat().st_size)
    assert sum(bool(event.graph_def) for event in EventFileLoader(str(newest)).Load()) == 1


def test_the_classes_are_a_table_of_text_and_the_scores_stand_beside_the_results(run: Run) -> None:
    read = events(run)
    (text,) = read.Tensors("classes/text_summary")
    table = text.tensor_proto.string_val[0].decode().splitlines()
    scores = run.summary["scores"]["val"]
    assert len(table) == 2 + len(scores["classes"])
    for line, one, row in zip(table[2:], scores["classes"], scores["confusion"], strict=True):
        cells = line.strip("| ").split(" | ")
        assert cells[:2] == [one["name"], str(one["points"])]
        assert [int(cell) for cell in cells[5:]] == row
    assert read.Scalars("z_result/final_val_f1")[0].value == pytest.approx(scores["f1"])
    assert read.Scalars("z_result/final_val_roc_auc")[0].value == pytest.approx(scores["roc_auc"])


def test_the_name_of_a_class_stays_in_its_cell() -> None:
    of_class = {"name": "a|b\nc", "precision": None, "recall": 0.0, "f1": 0.0, "points": 1}
    text = classes_text.of({"scores": {"val": {"classes": [of_class], "confusion": [[0]]}}})
    assert text.splitlines()[2] == r"| a\|b c | 1 | unknown | 0.0000 | 0.0000 | 0 |"
    assert classes_text.of({"scores": {"val": {"mae": 1.0}}}) == classes_text.of({}) == ""
