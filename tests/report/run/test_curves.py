import numpy as np

from backprop_lab.report.run.curves import MOST_ROWS, kept_rows


def test_ten_thousand_rows_keep_their_extremes() -> None:
    epochs = np.arange(1, 10_001)
    random = np.random.default_rng(0)
    loss = random.random(10_000)
    loss[7_777], loss[3_333] = 50.0, -50.0
    kept = kept_rows({"epoch": epochs, "step": epochs, "val_loss": loss})
    assert {0, 3_333, 7_777, 9_999} <= set(kept.tolist())
    assert len(kept) <= MOST_ROWS
