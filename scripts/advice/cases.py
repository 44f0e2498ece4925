"""Runs for which each rule should fire: plain, deep, noisy and tiny ones; and runs that went well."""

# ruff: noqa: E501  a line for each run

import random

TABLES = ["iris", "wine", "breast_cancer", "diabetes", "digits"]
CIRCLE = "dataset.n_samples=1000"
XOR = "dataset=xor log_every_n_epochs=10"
CASES: dict[str, list[str]] = {
    "diverged": [
        "dataset=linear model=single_layer optimizer.lr=0.5", "dataset=linear model=single_layer optimizer.lr=1",
        "dataset=linear optimizer.lr=1e4", "dataset=linear model=single_layer optimizer.lr=0.13 epochs=3000 dataset.noise=0.1",
        "dataset=linear dataset.n_samples=100 dataset.noise=0.2 model=single_layer optimizer.lr=0.3",
        "dataset=linear model.hidden=[8,8] model.activation=identity optimizer.lr=1",
        "dataset=linear model=single_layer optimizer.lr=0.1 optimizer.momentum=0.9 optimizer.nesterov=true epochs=3000",
    ],
    "one answer": [
        f"{CIRCLE} dataset.radius=2 epochs=3", "dataset=linear dataset.slope=0 epochs=50",
        f"{CIRCLE} dataset.radius=3 model=single_layer epochs=5", f"{CIRCLE} dataset.radius=2 dataset.noise=0.5 epochs=3",
        f"{CIRCLE} dataset.radius=2 model.hidden=[4,4,4] epochs=3", "dataset=linear dataset.slope=0 dataset.intercept=3 epochs=9",
    ],
    "noise": [
        f"{CIRCLE} dataset.noise=3 epochs=10", f"{CIRCLE} dataset.noise=10 model.hidden=64 epochs=10",
        f"{CIRCLE} dataset.noise=2 optimizer=adam epochs=20", f"{CIRCLE} dataset.noise=5 model.hidden=[8,8,8] epochs=10",
        "dataset=circle dataset.n_samples=300 dataset.noise=4 epochs=10", f"{CIRCLE} dataset.noise=3 model=residual epochs=10",
    ],
    "not scaled": [
        "dataset=linear dataset.slope=200 dataset.intercept=1000 epochs=100", "dataset=linear dataset.slope=1e4 epochs=50",
        "dataset=linear dataset.slope=200 dataset.intercept=1000 epochs=100 optimizer=adam",
        "dataset=linear dataset.intercept=-500 epochs=100 model.hidden=[8,8]",
        "dataset=linear dataset.slope=100 dataset.n_samples=60 dataset.noise=20 epochs=50",
        "dataset=linear dataset.slope=3000 dataset.noise=1 model.activation=tanh epochs=100",
    ],
    "identical units": [
        f"{CIRCLE} model.init=-1 epochs=60", f"{CIRCLE} model.init=0.5 epochs=60", f"{CIRCLE} model.init=zeros epochs=60",
        "dataset=moons model.init=0.3 model.activation=tanh epochs=60", f"{CIRCLE} model.init=2 dataset.noise=0.05 epochs=60",
        f"{CIRCLE} model.init=0.1 model.hidden=16 epochs=60 optimizer=adam", f"{XOR} model.init=0.5 epochs=500",
    ],
    "decay too strong": [
        f"{CIRCLE} optimizer.weight_decay=1 epochs=60", f"{CIRCLE} optimizer.weight_decay=0.1 epochs=60",
        f"{CIRCLE} optimizer=adam optimizer.weight_decay=0.5 epochs=60", f"{CIRCLE} penalty=l2 penalty.strength=0.5 epochs=60",
        f"{CIRCLE} penalty=l1 penalty.strength=0.1 epochs=60", "dataset=moons optimizer.weight_decay=1 dataset.noise=0.1 epochs=60",
        f"{CIRCLE} optimizer=adamw optimizer.weight_decay=20 epochs=60",
        f"{CIRCLE} optimizer.weight_decay=0.3 model.hidden=[8,8,8] epochs=60",
    ],
    "not separable": [
        "dataset=xor model=single_layer", "experiment=xor_single_layer epochs=1000", f"{CIRCLE} model=single_layer",
        "dataset=moons model.activation=identity model.hidden=[8,8]", f"{CIRCLE} model.activation=identity epochs=5",
        "dataset=moons model=single_layer dataset.noise=0.1", "dataset=xor model.activation=identity epochs=100",
        "dataset=xor dataset.n_samples=400 model=single_layer",
    ],
    "missing bias": [
        f"{XOR} model.bias=false model.activation=tanh optimizer.lr=0.5 epochs=2000", f"{CIRCLE} model.bias=false epochs=100",
        "dataset=linear model=single_layer model.bias=false dataset.intercept=10 optimizer.lr=0.01 epochs=300",
        f"{CIRCLE} model.bias=false model.hidden=16 model.activation=tanh epochs=100",
        f"{CIRCLE} model.bias=false model.activation=tanh dataset.noise=0.02 epochs=100",
        "dataset=linear dataset.n_samples=80 dataset.noise=0.2 model=single_layer model.bias=false dataset.intercept=20",
        f"{CIRCLE} model.bias=false optimizer=adam epochs=100",
    ],
    "too deep and narrow": [
        "dataset=moons model.hidden=[2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2] epochs=20",
        f"{CIRCLE} model.hidden=[2,2,2,2,2,2,2,2]", f"{CIRCLE} model.hidden=[3,3,3,3,3,3,3,3,3,3] optimizer=adam",
        f"{CIRCLE} model.hidden=[4,4,4,4,4,4,4,4,4,4,4,4] model.activation=sigmoid",
        "dataset=moons dataset.noise=0.1 model.hidden=[2,2,2,2,2,2,2,2]", f"{CIRCLE} model.hidden=[8,8,2,8,8,8,1,8]",
    ],
    "vanishing gradients": [
        f"{CIRCLE} model.activation=sigmoid model.hidden=[8,8,8,8,8,8]", f"{CIRCLE} model.activation=sigmoid model.hidden=[16,16,16,16,16]",
        "dataset=moons model.activation=sigmoid model.hidden=[8,8,8,8,8,8,8]",
        f"{CIRCLE} model.activation=sigmoid model.hidden=[8,8,8,8,8,8,8,8,8,8] optimizer.momentum=0.9",
        "dataset=moons model.activation=sigmoid model.hidden=[16,16,16,16,16,16] dataset.noise=0.1",
        f"{CIRCLE} model.activation=sigmoid model.hidden=[5,5,5,5,5,5]",
    ],
    "too narrow": [
        f"{XOR} model.hidden=1 model.activation=sigmoid optimizer.lr=1 epochs=2000", f"{CIRCLE} model.hidden=1",
        f"{CIRCLE} model.hidden=2", f"{XOR} model.hidden=2 seed=3 epochs=2000", "dataset=moons model.hidden=1 dataset.noise=0.1",
        f"{CIRCLE} model.hidden=[8,1]", f"{CIRCLE} model.hidden=2 optimizer=adam model.activation=tanh", f"{XOR} model.hidden=1 epochs=500",
    ],
    "learning rate too high": [
        f"{CIRCLE} optimizer=adam optimizer.lr=1", f"{CIRCLE} optimizer=adam optimizer.lr=10 epochs=10", f"{CIRCLE} optimizer.lr=1e6",
        f"{CIRCLE} optimizer.lr=10 seed=1", "dataset=linear seed=0", f"{CIRCLE} optimizer.lr=20 model.activation=tanh",
        "dataset=moons optimizer.lr=30 dataset.noise=0.1", f"{CIRCLE} optimizer=rmsprop optimizer.lr=1 model.hidden=[8,8]",
    ],
    "momentum too high": [
        f"{CIRCLE} optimizer.momentum=0.99 optimizer.lr=0.5", f"{CIRCLE} optimizer.momentum=0.999 optimizer.lr=0.5",
        f"{CIRCLE} optimizer.momentum=0.99 optimizer.lr=1 seed=2", "dataset=moons optimizer.momentum=0.99 optimizer.lr=1",
        f"{CIRCLE} optimizer.momentum=0.99 optimizer.lr=1 optimizer.nesterov=true",
        f"{CIRCLE} optimizer.momentum=0.99 optimizer.lr=0.5 model.hidden=[8,8] dataset.noise=0.02",
    ],
    "dead layer": [
        f"{CIRCLE} model.hidden=[3,3,3,3,3] seed=10", "dataset.n_samples=400 model.hidden=[3,3,3,3,3] epochs=30 seed=11",
        "dataset.n_samples=400 model.hidden=[3,3,3,3,3] epochs=30 seed=15", "dataset=xor dataset.n_samples=300 model.hidden=[4,3,4,3,4] epochs=100 seed=1",
        "dataset=xor dataset.n_samples=300 model.hidden=[4,3,4,3,4] epochs=100 seed=2", "dataset=moons dataset.n_samples=300 dataset.noise=0.1 model.hidden=[3,3,3,3,3] epochs=30 seed=2",
        "dataset=moons dataset.n_samples=300 dataset.noise=0.1 model.hidden=[3,3,3,3,3] epochs=30 seed=8",
    ],
    "rare class": [
        f"{CIRCLE} dataset.radius=0.1 epochs=10", f"{CIRCLE} dataset.radius=0.15 epochs=20", f"{CIRCLE} dataset.radius=1.38 epochs=20",
        f"{CIRCLE} dataset.radius=0.1 model.hidden=[8,8] epochs=10", f"{CIRCLE} dataset.radius=0.2 model.activation=tanh epochs=10",
        f"{CIRCLE} dataset.radius=0.15 optimizer.lr=0.01 epochs=10",
    ],
    "few points": [
        "dataset.n_samples=3", "dataset.n_samples=10", "dataset.n_samples=50 epochs=100", "dataset=moons dataset.n_samples=12",
        "dataset=linear dataset.n_samples=20 dataset.noise=0.1", "dataset.n_samples=40 model.hidden=[8,8,8]",
    ],
    "learning rate too low": [
        f"{CIRCLE} optimizer=adam optimizer.lr=1e-6", f"{CIRCLE} optimizer.lr=0.002", f"{CIRCLE} optimizer.lr=1e-4",
        "dataset=moons optimizer.lr=0.001", f"{CIRCLE} optimizer=rmsprop optimizer.lr=1e-6",
        f"{CIRCLE} optimizer.lr=0.001 model.hidden=[8,8] dataset.noise=0.02", f"{CIRCLE} optimizer.lr=0.001 model.activation=tanh",
    ],
    "too few steps": [
        "dataset=circle dataset.n_samples=200 epochs=2", "dataset.batch_size=null epochs=100", f"{CIRCLE} epochs=10",
        "dataset=moons epochs=10", f"{CIRCLE} epochs=5 model.hidden=[16,16]", f"{CIRCLE} epochs=5 dataset.noise=0.02",
        "dataset=xor epochs=50", "dataset=xor epochs=100 model.hidden=16 model.activation=tanh",
    ],
    "overfitting": [
        "dataset=moons dataset.n_samples=100 dataset.val_fraction=0.4 dataset.noise=0.4 model.hidden=64 optimizer=adam epochs=300",
        "dataset=moons dataset.n_samples=400 dataset.val_fraction=0.4 dataset.noise=0.5 model.hidden=64 optimizer=adam epochs=400",
        "dataset=circle dataset.n_samples=120 dataset.val_fraction=0.5 dataset.noise=0.2 model.hidden=[32,32] optimizer=adam epochs=300",
        "dataset=moons dataset.n_samples=80 dataset.val_fraction=0.5 dataset.noise=0.4 model.hidden=[32,32] optimizer=adam epochs=300",
        "dataset=xor dataset.n_samples=120 dataset.val_fraction=0.5 dataset.noise=0.2 model.hidden=64 optimizer=adam epochs=900",
        "dataset=moons dataset.n_samples=100 dataset.val_fraction=0.5 dataset.noise=0.4 model.hidden=[16,16,16] optimizer=rmsprop epochs=300",
    ],
    "still falling": [
        f"{CIRCLE} model.activation=tanh epochs=125", f"{CIRCLE} model.activation=tanh epochs=125 optimizer.lr=0.05",
        f"{CIRCLE} model.activation=sigmoid epochs=125 optimizer.lr=1", f"{CIRCLE} epochs=125 optimizer.lr=0.03",
        f"{CIRCLE} model.activation=sigmoid epochs=150 optimizer.lr=0.5 optimizer.momentum=0.5", f"{CIRCLE} epochs=125 optimizer.lr=0.05 model.hidden=[8,8]",
        f"{XOR} epochs=1001 optimizer.lr=0.3 model.activation=sigmoid",
    ],
}  # fmt: skip
"""By rule."""

GOOD = [
    "dataset=circle", "dataset=moons epochs=150", "dataset=moons dataset.noise=0.2 epochs=150",
    "experiment=xor_mlp epochs=1000", "experiment=linear_regression", "dataset=circle model.hidden=[8,8]",
    "dataset=circle model.activation=tanh optimizer=adam", "dataset=moons model.hidden=[16,16,16] optimizer=adam",
    "dataset=circle model=residual epochs=60", "dataset=circle dataset.noise=0.03 model.hidden=16 optimizer=adam",
    "dataset=linear dataset.n_samples=200 dataset.noise=0.3 model=single_layer optimizer.lr=0.02 epochs=200",
    "dataset=xor dataset.n_samples=1000 model.hidden=16 model.activation=tanh optimizer=adam epochs=150",
]  # fmt: skip


def drawn(count: int, seed: int = 0) -> list[str]:
    """Configurations drawn at random, some of which go wrong in one way or another: of the plane, then of tables."""
    random_ = random.Random(seed)
    return [_drawn(random_, _plane(random_)) for _ in range(count)] + [
        _drawn(random_, f"dataset={random_.choice(TABLES)}") for _ in range(count)
    ]


def _plane(random_: random.Random) -> str:
    choose = random_.choice
    return (
        f"dataset={choose(['circle', 'moons', 'xor'])} dataset.n_samples={choose([60, 300, 1000])} "
        f"dataset.noise={choose([0, 0, 0.05, 0.3])}"
    )


def _drawn(random_: random.Random, dataset: str) -> str:
    choose = random_.choice
    layers = [choose([1, 2, 3, 4, 8, 16]) for _ in range(choose([1, 1, 1, 2, 3, 5, 8]))]
    optimizer = choose(["sgd", "sgd", "adam", "rmsprop"])
    rate = (0.1 if optimizer == "sgd" else 0.01) * 10 ** random_.uniform(-3, 3)
    return (
        f"{dataset} model.hidden={str(layers).replace(' ', '')} "
        f"model.activation={choose(['relu', 'tanh', 'sigmoid'])} optimizer={optimizer} optimizer.lr={rate:.2g} "
        f"epochs={choose([3, 20, 50, 150])} seed={random_.randrange(100)}"
    )
