"""Where tensors live."""

from backprop_lab.config.check import Config, ConfigError


def of(trainer: str) -> str:
    """Where ``trainer=`` puts the tensors of a batched sweep: ``auto`` takes a GPU where there is one."""
    if trainer == "auto":
        import torch  # 1.3 s that only this question needs before the workers begin

        return "cuda" if torch.cuda.is_available() else "cpu"
    return "cuda" if trainer == "gpu" else "cpu"


def require(config: Config) -> None:
    """Raise ``ConfigError`` where a GPU is asked for and there is none."""
    if config.trainer != "gpu":
        return
    import torch  # 1.3 s that only this question needs before the run begins

    if not torch.cuda.is_available():
        raise ConfigError("trainer", "gpu", "cpu or auto, because torch finds no GPU here")
