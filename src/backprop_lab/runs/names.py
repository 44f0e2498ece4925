"""The names of the files in a run folder, and how many bytes of each are read at most."""

CONFIG = ".hydra/config.yaml"
OVERRIDES = ".hydra/overrides.yaml"
RECEIPT = "summary.json"
METRICS = "metrics.csv"
FRAMES = "frames.npz"
POINTS = "data.npz"
MEANING = "data.json"
PAGE = "report.html"
LOG = "train.log"
TENSORBOARD = "tensorboard"

MAX_TEXT_BYTES = 1024**2  # configuration and receipt
MAX_ARRAY_BYTES = 256 * 1024**2  # rows, frames and points, which grow with the run
MAX_PICTURE_BYTES = 16 * 1024**2


def shared_points(sha256: str) -> str:
    """In the folder of a sweep: the points of all jobs whose points have this SHA-256."""
    return f"points/{sha256}.npz"


def shared_meaning(sha256: str) -> str:
    return f"points/{sha256}.json"


def checkpoint(which: str) -> str:
    return f"checkpoints/{which}.ckpt"


def figure(name: str, kind: str = "png") -> str:
    return f"figures/{name}.{kind}"
