"""Explaining an error raises none, also for a command line that nobody has looked at before."""

import pytest
from hydra.errors import HydraException

from hydra_plugins.lab.hydras_errors import explained


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["xor"], "xor: got nothing; allowed: key=value"),
        (["model.hidden=[8"], "model.hidden: got '[8'; allowed: a whole number"),
        (["--flag", "x=1"], "--flag: no such flag; "),
        (["-m", "optimizer=glob(*)", "seed=1"], "as Hydra says"),
        ([], "as Hydra says"),
    ],
)
def test_an_explanation_is_a_line(line: list[str], said: str) -> None:
    text = explained(HydraException("as Hydra says\nand more"), line)
    assert text.startswith(said)
    assert len(text.splitlines()) == 1
