"""The names of what is in a run folder, and how many bytes of each are read."""

CONFIG = ".hydra/config.yaml"
OVERRIDES = ".hydra/overrides.yaml"
RECEIPT = "summary.json"
METRICS = "metrics.csv"
FRAMES = "frames.npz"
POINTS = "data.npz"
PAGE = "report.html"
LOG = "train.log"
TENSORBOARD = "tensorboard"

MAX_TEXT_BYTES = 1024**2  # of what people and Hydra write, and of a receipt
MAX_ARRAY_BYTES = 256 * 1024**2  # of rows, frames and points, which grow with the run
MAX_PICTURE_BYTES = 16 * 1024**2


def checkpoint(which: str) -> str:
    return f"checkpoints/{which}.ckpt"


def figure(name: str, kind: str = "png") -> str:
    return f"figures/{name}.{kind}"
