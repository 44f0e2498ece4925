"""Fetches the libraries of the report pages again: `python scripts/vendor.py`. Needs npm, for `npm pack` alone.

vendor.toml lists them; a tarball or file whose hash differs from the one given there is refused.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "src" / "backprop_lab" / "report" / "vendor"
LICENSES = ("LICENSE", "LICENSE.md", "LICENSE.txt")


def main() -> int:
    licenses = []
    with tempfile.TemporaryDirectory() as folder:
        for library in tomllib.loads((VENDOR / "vendor.toml").read_text(encoding="utf-8"))["library"]:
            name = f"{library['name']}@{library['version']}"
            tarball = _packed(name, Path(folder))
            integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
            if integrity != library["integrity"]:
                return _refused(name, integrity, library["integrity"])
            content = _read(tarball, library["source"])
            sha256 = hashlib.sha256(content).hexdigest()
            if sha256 != library["sha256"]:
                return _refused(library["file"], sha256, library["sha256"])
            (VENDOR / library["file"]).write_bytes(content)
            licenses.append(_license(name, tarball))
            licenses += [_license(f"{part}, part of {name}", _packed(part, Path(folder))) for part in library["parts"]]
    (VENDOR / "LICENSES.txt").write_text("\n\n".join(licenses) + "\n", encoding="utf-8")
    return 0


def _packed(name: str, folder: Path) -> Path:
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return folder / done.stdout.split()[-1]


def _read(tarball: Path, *names: str) -> bytes:
    """The content of the first of these files that exists in the package."""
    with tarfile.open(tarball) as archive:
        for name in names:
            if f"package/{name}" in archive.getnames():
                file = archive.extractfile(f"package/{name}")
                assert file is not None
                return file.read()
    raise SystemExit(f"{tarball.name}: has none of {', '.join(names)}")


def _license(title: str, tarball: Path) -> str:
    text = _read(tarball, *LICENSES).decode().replace("\r\n", "\n").strip()
    return f"{title}\n{'-' * len(title)}\n{text}"


def _refused(name: str, received: str, allowed: str) -> int:
    print(f"error: {name}: got {received}; allowed: {allowed}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
