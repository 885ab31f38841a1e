"""Writes requirements.txt and requirements-dev.txt: all direct and indirect packages as ``name==version``, without download addresses.

Usage: python3 scripts/lock.py
"""

import subprocess
from pathlib import Path

from install import PYTHON, ROOT, VENV, find_links

CUDA = ("nvidia-", "cuda-", "triton")
HEAD = "# Made by `make lock` from pyproject.toml. Pins only: where packages come from is the machine's own configuration.\n"


def main() -> None:
    """Writes both files."""
    links = find_links([str(PYTHON), "-m", "pip"])
    for name, extras in (("requirements.txt", []), ("requirements-dev.txt", ["--extra", "dev"])):
        command = [
            str(VENV / "bin" / "uv"),
            "pip",
            "compile",
            "-q",
            "--universal",
            "--python-version",
            "3.11",
            "--no-header",
        ]
        command += ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links", *extras, "pyproject.toml"]
        if links:
            command += ["--find-links", links]
        pins = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        # A CPU build of PyTorch satisfies the plain version; a CUDA build brings (and pins) its own libraries.
        lines = [line.replace("+cpu", "") for line in pins.splitlines() if not line.startswith(CUDA)]
        Path(ROOT / name).write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
