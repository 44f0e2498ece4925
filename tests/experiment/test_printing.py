"""What is printed arrives in whole lines, whoever else prints, and nothing that a terminal lacks is an error."""

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from backprop_lab.experiment.printing import error, say
from conftest import environment

LINES = 500
WRITER = (
    "import sys; from backprop_lab.experiment.printing import say\n"
    f"for number in range({LINES}): say(sys.argv[1] * 60 + f' {{number}}')"
)


def written_by_eight(output: int, unbuffered: str) -> list["subprocess.Popen[bytes]"]:
    """Processes that all print into ``output``, each a letter of its own."""
    return [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, letter], stdout=output, env=environment(PYTHONUNBUFFERED=unbuffered)
        )
        for letter in "abcdefgh"
    ]


def read_to_end(source: int) -> bytes:
    parts = []
    while True:
        try:
            part = os.read(source, 65536)
        except OSError:  # a terminal whose other end is closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("ends", [os.pipe, pty.openpty], ids=["pipe", "terminal"])
def test_lines_of_eight_processes_arrive_whole(ends: Callable[[], tuple[int, int]], unbuffered: str) -> None:
    source, output = ends()
    writers = written_by_eight(output, unbuffered)
    os.close(output)
    lines = read_to_end(source).decode().splitlines()
    os.close(source)
    assert [writer.wait() for writer in writers] == [0] * 8
    assert sorted(lines) == sorted(f"{letter * 60} {number}" for letter in "abcdefgh" for number in range(LINES))


class Counting(io.RawIOBase):
    """A file that keeps each write by itself; of a long one it takes only a part, as after a signal."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        self.writes.append(bytes(content)[:5000])  # type: ignore[call-overload]
        return len(self.writes[-1])


def stream(file: Counting, kind: str, encoding: str = "utf-8") -> io.TextIOWrapper:
    if kind == "unbuffered":
        return io.TextIOWrapper(file, encoding, write_through=True)  # type: ignore[arg-type]
    return io.TextIOWrapper(io.BufferedWriter(file), encoding, line_buffering=kind == "line by line")


@pytest.mark.parametrize("kind", ["unbuffered", "line by line", "in blocks"])
def test_a_line_is_one_write_after_what_was_there(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    file = Counting()
    monkeypatch.setattr(sys, "stdout", stream(file, kind))
    sys.stdout.write("from elsewhere, ")
    say("one", "two\nlines", 3)
    assert file.writes == [b"from elsewhere, ", b"one\n", b"two\\nlines\n", b"3\n"]
    file.writes.clear()
    say("x" * 12_000)
    assert b"".join(file.writes) == b"x" * 12_000 + b"\n"


def test_an_error_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    error(ValueError("seed one\n  is not wanted"))
    assert capsys.readouterr() == ("", "error: seed one is not wanted\n")


def test_a_stream_in_memory_and_one_that_is_closed_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = io.StringIO()
    monkeypatch.setattr(sys, "stdout", memory)
    say("R²")
    assert memory.getvalue() == "R²\n"
    monkeypatch.setattr(sys, "stdout", None)
    say("nobody reads this")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_text_is_an_error(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    file = Counting()
    monkeypatch.setattr(sys, "stdout", stream(file, "in blocks", encoding))
    say(f"± {os.fsdecode(bytes([255]))}")  # the second is how Python holds a file name that is no text
    sign = {"ascii": b"?", "latin-1": b"\xb1", "utf-8": b"\xc2\xb1"}[encoding]
    assert b"".join(file.writes) == sign + b" \\udcff\n"


def test_what_the_terminal_cannot_encode_is_replaced(tmp_path: Path) -> None:
    """A regression has R² in its table, and a folder may have any name."""
    line = ("dataset=linear", "model=single_layer", "engine=module", "epochs=2", "logger=none", "callbacks=[]")
    done = subprocess.run(
        [sys.executable, "-m", "train", *line, "report=false", "hydra.run.dir='ordner_ä'"],
        cwd=tmp_path, env=environment(PYTHONIOENCODING="ascii"), capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"R?" in done.stdout
    assert done.stdout.endswith(b"ordner_?\n")


def test_a_reader_that_leaves_costs_no_run_and_no_traceback(tmp_path: Path) -> None:
    """As behind ``| head -1``: the pipe is closed before the first line comes."""
    source, sink = os.pipe()
    os.close(source)
    command = [sys.executable, "-m", "train", "epochs=2", "engine=by_hand", "logger=none", "callbacks=[]"]
    done = subprocess.run(command, stdout=sink, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment())
    os.close(sink)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"status": "finished"' in next(tmp_path.rglob("summary.json")).read_text()


SLOW = "from backprop_lab.experiment.printing import begin, doing, say\n{}\nwith doing('drawing'): pass\nsay('done')"


@pytest.mark.parametrize(
    ("begins", "ends", "seen"),
    [
        (True, pty.openpty, b"drawing ...\r           \rdone\r\n"),
        (True, os.pipe, b"done\n"),
        (False, pty.openpty, b"done\r\n"),  # a worker, or a notebook
    ],
)
def test_what_takes_a_while_is_said_on_the_terminal_of_the_command(
    begins: bool, ends: Callable[[], tuple[int, int]], seen: bytes
) -> None:
    source, output = ends()
    code = SLOW.format("begin()" if begins else "")
    done = subprocess.Popen([sys.executable, "-c", code], stdout=output, env=environment())
    assert done.wait(60) == 0
    os.close(output)
    assert read_to_end(source) == seen


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_what_hydra_prints_is_no_error_either(tmp_path: Path, encoding: str) -> None:
    line = [sys.executable, "-m", "train", 'hydra.run.dir="李 é"', "--cfg", "all"]
    done = subprocess.run(
        line, cwd=tmp_path, env=environment(PYTHONIOENCODING=encoding), capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == b""
    assert "李 é".encode(encoding, errors="replace") in done.stdout


LINES_OF_A_SWEEP = [
    "  job 2  seed=0 optimizer.lr=1e+30  diverged: the loss is not a finite number from epoch 1 on; try a lower rate",
    "resume with: python -m backprop_lab.sweep --config-dir=mine 'outputs/a sweep/2026-11-26' --complete",
    "short",
]


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("line", LINES_OF_A_SWEEP)
def test_a_long_line_is_folded_on_a_terminal_but_for_what_is_to_be_copied(columns: int, line: str) -> None:
    source, output = pty.openpty()
    fcntl.ioctl(output, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    code = "import sys\nfrom backprop_lab.experiment.printing import begin, say\nbegin()\nsay(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, line], stdout=output, env=environment(), check=True, timeout=60)
    os.close(output)
    shown = read_to_end(source).decode().replace("\r\n", "\n").removesuffix("\n")
    if "python -m" in line:
        assert shown == line
    else:
        assert all(len(part) <= columns for part in shown.split("\n"))
        assert shown.split() == line.split()
