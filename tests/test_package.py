"""What is installed from a wheel works without a checkout."""

import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT, environment


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel puts into site-packages, which nobody may write to."""
    built, folder = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("site-packages")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(built)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


def start(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = environment(PYTHONPATH=str(installed), PYTHONDONTWRITEBYTECODE="1")
    script = "import sys, train; assert 'site-packages' in train.__file__, train.__file__; train.main()"
    command = [sys.executable, "-P", "-c", script, *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_an_installed_package_trains_from_any_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("raise SystemExit('the one in the current folder')\n")
    done = start(installed, tmp_path, "dataset.n_samples=60", "epochs=2", "engine=module", "logger=csv")
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "outputs" / "runs").glob("*/*")
    assert (run / "report.html").is_file()


@pytest.mark.slow
def test_an_installed_package_sweeps_in_a_batch(installed: Path, tmp_path: Path) -> None:
    sweep = ("-m", "hydra/launcher=batched", "seed=0,1,2", "dataset.n_samples=60", "epochs=2")
    done = start(installed, tmp_path, *sweep)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "outputs" / "sweeps").glob("*/*/[012]/summary.json"))) == 3


def test_help_and_wrong_input_need_no_checkout(installed: Path, tmp_path: Path) -> None:
    assert "dataset.n_samples" in start(installed, tmp_path, "--help").stdout
    wrong = start(installed, tmp_path, "epochs=0")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: epochs: got 0; allowed: ")


@pytest.mark.slow
def test_pip_installs_it_into_an_environment_of_its_own(tmp_path: Path) -> None:
    """From a source distribution, with the command of docs/install.md. The packages it needs are those of the tests."""
    environ = environment(PIP_DISABLE_PIP_VERSION_CHECK="1")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True, env=environ)
    (site,) = (tmp_path / "env").glob("lib/*/site-packages")
    (site / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", tmp_path], check=True)
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    (line,) = re.findall(
        r"^pip (install .*)$", (ROOT / "docs" / "install.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    done = subprocess.run(
        [tmp_path / "env" / "bin" / "pip", *line.split()],
        cwd=source,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (site / "backprop_lab" / "configs" / "train.yaml").is_file()
    typed = ["dataset=xor", "epochs=2", "engine=by_hand", "logger=none", "callbacks=[]", "hydra.run.dir=run"]
    done = subprocess.run(
        [tmp_path / "env" / "bin" / "backprop-lab", *typed],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "run" / "report.html").is_file()
