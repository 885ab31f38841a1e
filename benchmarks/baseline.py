"""The virtual environment of the pipeline that Footnote is measured against, with packages that Footnote does not use."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from scripts.install import find_links

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "benchmarks" / "baseline-requirements.txt"
VENV = ROOT / ".venv-baseline"
PYTHON = VENV / "bin" / "python"


def prepare() -> Path:
    """Creates the environment, unless it matches the requirements already.

    Returns:
        path of its Python.

    Raises:
        CalledProcessError: the packages cannot be installed.
    """
    stamp = VENV / ".installed"
    fingerprint = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return PYTHON
    uv = str(Path(sys.executable).with_name("uv"))
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    if links := find_links([sys.executable, "-m", "pip"]):
        environment.setdefault("UV_FIND_LINKS", links)
    sys.stdout.write("Installing the packages of the baseline into .venv-baseline (once; about 3 GB) …\n")
    sys.stdout.flush()
    for arguments in (
        ["venv", "-q", "--clear", "--python", sys.executable, str(VENV)],
        ["pip", "install", "-q", "-r", str(REQUIREMENTS)],
        # required by unstructured[pdf] and made for CUDA: with another PyTorch it breaks the import of sentence-transformers
        ["pip", "uninstall", "-q", "torchvision"],
    ):
        subprocess.run([uv, *arguments], env=environment, check=True)
    stamp.write_text(fingerprint)
    return PYTHON
