"""The film shows what the network answers and what its units give: compared with the network itself."""

import numpy as np
import torch

from backprop_lab.report.run import frames as film_module
from backprop_lab.report.run.frames import film_of
from backprop_lab.training.networks import network_of
from conftest import QUICK, Train


def test_fields_and_units_are_what_the_network_computes_over_the_plane(train: Train) -> None:
    run = train("model.hidden=[3,2]", "model.activation=tanh", *QUICK)
    frames = run.frames()
    film = film_of(run.task, frames)
    assert film.fields.shape == (4, film_module.SIDE, film_module.SIDE)
    assert [units.shape for units in film.units] == [(4, 3, 32, 32), (4, 2, 32, 32)]

    frame, row, column = 2, 10, 71
    network = network_of(run.task, frames[frame])
    place = (np.array([column, row]) + 0.5) / film_module.SIDE
    x = torch.tensor(film.low + place * (film.high - film.low), dtype=torch.float32)
    assert film.fields[frame, row, column] == torch.sigmoid(network(x[None])).item()

    place = (np.array([5, 30]) + 0.5) / 32
    x = torch.tensor(film.low + place * (film.high - film.low), dtype=torch.float32)
    first, second = network.get_submodule("layers.0"), network.get_submodule("layers.1")
    hidden = torch.tanh(first(x))
    np.testing.assert_allclose(film.units[0][frame, :, 30, 5], hidden.detach(), rtol=1e-5)
    np.testing.assert_allclose(film.units[1][frame, :, 30, 5], torch.tanh(second(hidden)).detach(), rtol=1e-5)


def test_the_outputs_are_those_of_the_shown_points(train: Train) -> None:
    run = train("dataset.n_samples=800", *(option for option in QUICK if "n_samples" not in option))
    film = film_of(run.task, run.frames())
    assert (len(film.train), len(film.val)) == (400, 160)
    expected = network_of(run.task, run.state())(torch.from_numpy(run.task.val.x)).detach()
    assert film.outputs[-1, 400:].tolist() == expected.tolist()
    active = (
        torch.from_numpy(run.task.inputs(film.train.x))
        @ torch.from_numpy(run.frames()[-1].weights["layers.0.weight"]).T
    )
    active = active + torch.from_numpy(run.frames()[-1].weights["layers.0.bias"])
    np.testing.assert_allclose(film.active[0][-1], (active > 0).double().mean(dim=0))


def test_four_points_are_shown_once_with_room_around_them(train: Train) -> None:
    film = film_of((run := train("experiment=xor_single_layer", "epochs=5", "logger=none")).task, run.frames())
    assert (len(film.train), len(film.val)) == (4, 0)
    assert film.low.max() < -0.2
    assert film.high.min() > 1.2
    assert film.units == []


def test_a_regression_has_a_curve(train: Train) -> None:
    run = train("dataset=linear", "epochs=5", "logger=none", "callbacks=[frames]")
    film = film_of(run.task, run.frames())
    assert film.fields.shape == (6, 1, film_module.LINE)
    assert film.units[0].shape[2:] == (1, 32)
    ends = network_of(run.task, run.state())(torch.tensor(np.stack([film.low, film.high]), dtype=torch.float32))
    assert film.fields[-1, 0, [0, -1]].tolist() == ends.tolist()


def test_of_a_wide_layer_the_first_units_are_shown(train: Train) -> None:
    film = film_of((run := train("model.hidden=70", *QUICK)).task, run.frames())
    assert film.units[0].shape[1:] == (64, 16, 16)
