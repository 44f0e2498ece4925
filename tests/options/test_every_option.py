"""Every option that there is trains."""

import pytest

from backprop_lab.config.keys import GROUPS
from backprop_lab.options.discovery import names
from conftest import Train, composed, fitting

OPTIONS = [(group, option) for group in (*GROUPS, "experiment") for option in names(group)]


@pytest.mark.parametrize(("group", "option"), OPTIONS, ids=[f"{group}={option}" for group, option in OPTIONS])
def test_every_option_trains(train: Train, group: str, option: str) -> None:
    callbacks = ",".join(dict.fromkeys(["frames", option]))  # some draw from the frames
    chosen = (f"callbacks=[{callbacks}]",) if group == "callbacks" else fitting(group, option)
    quick = ["epochs=2"]
    if group not in ("callbacks", "experiment", "engine", "logger"):
        quick += ["engine=module", "logger=none", "callbacks=[]"]
    if composed(*chosen)["dataset"]["n_samples"]:
        quick += ["dataset.n_samples=64"]
    if option == "gpu":
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("no GPU here")
    assert train(*chosen, *quick).summary["status"] == "finished"
