"""An experiment file of one's own that says what there is not: one line with the file and the line in it."""

from pathlib import Path

import pytest

from backprop_lab.config import experiments
from backprop_lab.config.errors import ConfigError
from backprop_lab.options import discovery
from backprop_lab.options.discovery import names
from conftest import Program

HEADER = "# @package _global_\n"
WRONG = {
    "no header": ("epochs: 5\n", 1, "got 'epochs: 5'; allowed: # @package _global_"),
    "empty": ("", 1, "allowed: # @package _global_"),
    "another package": ("# @package model\nhidden: 3\n", 1, "got '# @package model'; allowed: # @package _global_"),
    "a comment before the header": (f"# my own\n{HEADER}epochs: 5\n", 1, "# @package _global_ as the first line"),
    "a tab": (f"{HEADER}optimizer:\n\tlr: 0.1\n", 3, "a tab"),
    "a bracket": (f"{HEADER}epochs: 5\nmodel: {{hidden: [8,8}}\n", 3, "']'"),
    "a key twice": (f"{HEADER}epochs: 5\nseed: 1\nepochs: 6\n", 4, "the key epochs stands here a second time"),
    "a list": (f"{HEADER}- epochs: 5\n", 2, "lines such as epochs: 100"),
    "default": (f"{HEADER}default:\n  - override /dataset: xor\n", 2, "did you mean defaults?"),
    "a misspelt key": (f"{HEADER}epochs: 5\nmodel:\n  bias: true\n  hiden: 3\n", 5, "did you mean model.hidden?"),
    "a key of another program": (f"{HEADER}trainer:\n  max_epochs: 3\n", 3, "did you mean epochs?"),
    "a misspelt group": (f"{HEADER}optimiser:\n  lr: 3\n", 2, "did you mean optimizer?"),
    "a callback's key": (f"{HEADER}callbacks:\n  frames:\n    cuont: 3\n", 4, "did you mean callbacks.frames.count?"),
    "dots": (f"{HEADER}optimizer.lr: 3\n", 2, "lr: below optimizer:"),
    "an option as a value": (f"{HEADER}dataset: xor\n", 2, "- override /dataset: xor below defaults:"),
    "no override": (
        f"{HEADER}defaults:\n  - dataset: xor\n",
        3,
        "got 'dataset: xor'; allowed: override /dataset: NAME",
    ),
    "no slash": (f"{HEADER}defaults:\n  - override dataset: xor\n", 3, "allowed: override /dataset: NAME"),
    "no such option": (f"{HEADER}defaults:\n  - override /dataset: cirle\n", 3, "did you mean circle?"),
    "no list": (f"{HEADER}defaults:\n  override /dataset: xor\n", 3, "lines such as - override /dataset: xor"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_file_is_said_with_its_line(program: Program, tmp_path: Path, case: str) -> None:
    text, line, said = WRONG[case]
    file = tmp_path / "mine" / "experiment" / "small.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    done = program("--config-dir=mine", "experiment=small")
    assert done.status == 2
    assert done.err.startswith(f"error: mine/experiment/small.yaml, line {line}: ")
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert [*tmp_path.iterdir()] == [tmp_path / "mine"]


def test_a_file_that_is_not_utf_8_is_named(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "mine" / "experiment" / "small.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(f"{HEADER}# für mich\n".encode("latin-1"))
    done = program("--config-dir=mine", "experiment=small")
    assert done.status == 2
    assert done.err == "error: mine/experiment/small.yaml, line 2: not UTF-8; save the file with this encoding\n"


@pytest.mark.parametrize("group", ["dataset", "optimizer"])
def test_a_broken_file_of_an_option_is_named_too(program: Program, tmp_path: Path, group: str) -> None:
    file = tmp_path / "mine" / group / "own.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("name: own\nlr: [\n")
    file.with_suffix(".py").touch()
    for line in (["seed=3"], [f"{group}=own"], ["-m", "seed=1,2"], ["--help"]):
        done = program("--config-dir=mine", *line)
        assert done.status == 2
        assert done.err.startswith(f"error: mine/{group}/own.yaml, line 2: ")
        assert len(done.err.splitlines()) == 1


def test_what_hydra_alone_reads_is_named_too(program: Program, tmp_path: Path) -> None:
    """A file that only the composition comes across, here in a subfolder."""
    file = tmp_path / "mine" / "experiment" / "sub" / "deep.yaml"
    file.parent.mkdir(parents=True)
    for content, said in (
        (b"# @package _global_\n\tepochs: 1\n", "a tab"),
        (b"# @package _global_\n# \xff\n", "not UTF-8"),
    ):
        file.write_bytes(content)
        done = program("--config-dir=mine", "experiment=sub/deep")
        assert done.status == 2
        assert done.err.startswith("error: mine/experiment/sub/deep.yaml, line 2: ")
        assert said in done.err
        assert len(done.err.splitlines()) == 1


def test_the_experiments_of_ones_own_are_suggested(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "mine" / "experiment" / "small.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"{HEADER}epochs: 2\n")
    assert program("--config-dir", "mine", "experiment=smal").err.endswith("did you mean small?\n")
    done = program("experiment=small", "model.hiden=3", "--config-dir", "mine")
    assert done.err == "error: model.hiden: no such key (got 3); did you mean model.hidden?\n"
    done = program(f"hydra.searchpath=[file://{tmp_path}/mine]", "experiment=smal")
    assert done.err.endswith("did you mean small?\n")
    assert done.err.startswith("error: experiment: got smal; allowed: circle_width, ")


@pytest.mark.parametrize("name", names("experiment"))
def test_the_files_of_the_package_are_sound(name: str) -> None:
    experiments.check(name)


def test_a_sound_file_of_ones_own_passes(tmp_path: Path) -> None:
    file = tmp_path / "experiment" / "sound.yaml"
    file.parent.mkdir()
    file.write_text(
        f"{HEADER}# A question.\ndefaults:\n  - override /dataset: xor\n  - override /callbacks: [frames]\n  - _self_\n"
        "loss: mse\nmodel: {hidden: [4, 4]}\ncallbacks:\n  frames: {count: 3}\nhydra:\n  run: {dir: here}\n"
    )
    discovery.use(tmp_path)
    experiments.check("sound")
    assert not experiments.sweeps("sound")
    file.write_text(f"{HEADER}hydra: {{mode: MULTIRUN}}\n")
    assert experiments.sweeps("sound")
    file.write_text(f"{HEADER}epochs: [\n")
    with pytest.raises(ConfigError):
        experiments.check("sound")
