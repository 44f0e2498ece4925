"""Commands to copy: the one place where words are quoted for a shell."""

import shlex

from backprop_lab.config import experiments
from backprop_lab.experiment.paths import short
from backprop_lab.options.discovery import own_folders


def train(*arguments: str) -> str:
    """The command line of a run, or with ``-m`` of a sweep, with the option folders of this process.

    One job of an experiment that sweeps stays one run.
    """
    chosen = [name for key, _, name in (argument.partition("=") for argument in arguments) if key == "experiment"]
    one = ["hydra.mode=RUN"] if "-m" not in arguments and any(map(experiments.sweeps, chosen)) else []
    return command("python", "-m", "train", *_own(), *arguments, *one)


def verb(name: str, *arguments: str) -> str:
    """Likewise ``python -m backprop_lab.NAME``."""
    return command("python", "-m", f"backprop_lab.{name}", *_own(), *arguments)


def command(*words: str) -> str:
    """The words as a shell reads them."""
    return " ".join(map(quoted, words))


def quoted(word: str) -> str:
    """A word as a POSIX shell reads it; one with characters that are not printable as bash and zsh do."""
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(map(_escaped, word))}'"


def _escaped(character: str) -> str:
    code = ord(character)
    if character.isprintable():
        return f"\\{character}" if character in "\\'" else character
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no text
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _own() -> list[str]:
    return [f"--config-dir={short(folder)}" for folder in own_folders()]
