"""The alternatives to one of our runs, each in a process of its own."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

EPOCHS, BATCH_SIZE, LEARNING_RATE = 50, 32, 0.1


def _circle_points() -> list["np.ndarray"]:
    """Training and validation points, then their labels."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    points = np.random.default_rng(0).uniform(-1, 1, (5000, 2)).astype(np.float32)
    inside = ((points**2).sum(axis=1) <= 0.5**2).astype(np.float32)
    return train_test_split(points, inside, test_size=0.2, random_state=42)


def _circle_network() -> "nn.Sequential":
    from torch import nn

    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid(), nn.Flatten(0))


def _default_trainer(
    network: "nn.Module", loss_of: "nn.Module", train: Any, val: Any, batch_size: int, epochs: int
) -> dict[str, Any]:
    """Fit and validate as in a first tutorial, with all of Lightning's defaults."""
    import pytorch_lightning as pl
    import torch
    import torch.utils.tensorboard  # Lightning imports it during the fit, but imports should not count as fit time
    from torch.utils.data import DataLoader, TensorDataset

    class Classifier(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, x: "Tensor") -> "Tensor":
            return self.network(x)

        def training_step(self, batch: list["Tensor"], batch_idx: int) -> "Tensor":
            x, y = batch
            loss = loss_of(self(x), y)
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: list["Tensor"], batch_idx: int) -> None:
            x, y = batch
            answers = self(x)
            self.log("val_loss", loss_of(answers, y))
            self.log("val_acc", ((answers > 0.5) == y).float().mean(), prog_bar=True)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=LEARNING_RATE)

    train_loader, val_loader = (DataLoader(TensorDataset(*part), batch_size=batch_size) for part in (train, val))
    classifier, trainer = Classifier(), pl.Trainer(max_epochs=epochs)
    began = time.perf_counter()
    trainer.fit(classifier, train_loader, val_loader)
    fit_seconds = time.perf_counter() - began
    (metrics,) = trainer.validate(classifier, val_loader)
    return {"fit_seconds": fit_seconds, "metrics": metrics}


def circle_lightning(epochs: int) -> dict[str, Any]:
    """The whole script: data, fit, validation, and the picture, saved to a file instead of shown in a window."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    import torch

    torch.manual_seed(0)
    train_x, val_x, train_y, val_y = _circle_points()
    network = _circle_network()
    train, val = ([torch.from_numpy(array) for array in part] for part in ((train_x, train_y), (val_x, val_y)))
    receipt = _default_trainer(network, torch.nn.BCELoss(), train, val, BATCH_SIZE, epochs)
    x1, x2 = np.mgrid[-1:1:0.01, -1:1:0.01]
    with torch.no_grad():
        answers = network(torch.from_numpy(np.stack([x1.ravel(), x2.ravel()], axis=1).astype(np.float32)))
    plt.figure(figsize=(8, 6))
    plt.colorbar(plt.contourf(x1, x2, answers.numpy().reshape(x1.shape), levels=[0, 0.5, 1], cmap="RdBu", alpha=0.6))
    plt.scatter(train_x[:, 0], train_x[:, 1], c=train_y, cmap="RdBu", edgecolors="k", alpha=0.5)
    plt.savefig("boundary.png")
    return receipt


def circle_loop(epochs: int) -> dict[str, Any]:
    """The minimum in PyTorch: batches in memory, nothing recorded."""
    import torch

    torch.manual_seed(0)
    train_x, val_x, train_y, val_y = map(torch.from_numpy, _circle_points())
    network = _circle_network()
    loss_of = torch.nn.BCELoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE, foreach=False)
    began = time.perf_counter()
    batches = list(zip(train_x.split(BATCH_SIZE), train_y.split(BATCH_SIZE), strict=True))
    for _ in range(epochs):
        for x, y in batches:
            optimizer.zero_grad()
            loss_of(network(x), y).backward()
            optimizer.step()
    fit_seconds = time.perf_counter() - began
    with torch.no_grad():
        accuracy = ((network(val_x) > 0.5) == val_y).float().mean().item()
    return {"fit_seconds": fit_seconds, "metrics": {"val_acc": accuracy}}


def circle_sklearn(epochs: int) -> dict[str, Any]:
    from sklearn.neural_network import MLPClassifier

    train_x, val_x, train_y, val_y = _circle_points()
    # Plain gradient descent without early stopping.
    classifier = MLPClassifier(
        (8,), solver="sgd", alpha=0, batch_size=BATCH_SIZE, learning_rate_init=LEARNING_RATE, momentum=0,
        max_iter=epochs, tol=0, n_iter_no_change=epochs + 1, random_state=0,
    )  # fmt: skip
    began = time.perf_counter()
    classifier.fit(train_x, train_y)
    fit_seconds = time.perf_counter() - began
    assert classifier.n_iter_ == epochs
    return {"fit_seconds": fit_seconds, "metrics": {"val_acc": float(classifier.score(val_x, val_y))}}


def xor_lightning(epochs: int) -> dict[str, Any]:
    import torch
    from torch import nn

    torch.manual_seed(0)
    corners = [torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), torch.tensor([0.0, 1.0, 1.0, 0.0])]
    network = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid(), nn.Flatten(0))
    return _default_trainer(network, nn.MSELoss(), corners, corners, len(corners[0]), epochs)


PEERS: dict[str, Callable[[int], dict[str, Any]]] = {
    peer.__name__: peer for peer in (circle_lightning, circle_loop, circle_sklearn, xor_lightning)
}
