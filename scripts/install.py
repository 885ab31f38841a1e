"""Creates ``.venv`` and installs Footnote into it. Runs on a bare Python ≥ 3.11; does nothing when all is up to date.

Usage: python3 scripts/install.py [--dev]
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.8"
NEWER = "requirements-newer.txt"


def main() -> None:
    """Installs the requirements unless the stamp matches them."""
    if sys.version_info < (3, 11):
        sys.exit(
            f"Footnote needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 …"
        )
    requirements = ["requirements-dev.txt"] if "--dev" in sys.argv[1:] else ["requirements.txt"]
    stamp = VENV / f".installed-{Path(requirements[0]).stem}"
    fingerprint = hashlib.sha256(
        b"".join((ROOT / name).read_bytes() for name in [*requirements, NEWER, "pyproject.toml"])
    ).hexdigest()
    if stamp.exists() and stamp.read_text() == fingerprint and PYTHON.exists():
        return
    make_venv()
    print("Installing Footnote into .venv (once; about 2.5 GB with PyTorch) …", flush=True)
    install(requirements[0])
    stamp.write_text(fingerprint)


def make_venv() -> None:
    """Creates the virtual environment with pip."""
    if PYTHON.exists():
        return
    try:
        venv.create(VENV, with_pip=True)
    except (subprocess.CalledProcessError, ImportError, SystemExit):
        shutil.rmtree(VENV, ignore_errors=True)
        install_venv_package()
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def install_venv_package() -> None:
    """Installs ``ensurepip``, which Debian and Ubuntu put into a separate package."""
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"This Python cannot make virtual environments. Install it first: sudo apt-get install {package}")
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    subprocess.run(["apt-get", "install", "-y", "-qq", package], check=True)


def install(requirements: str) -> None:
    """Installs the pinned packages, then Footnote in editable mode."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-q"]
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    if subprocess.run([*pip, "install", UV], cwd=ROOT).returncode == 0:
        # uv does not read pip's configuration, which may name a folder with PyTorch without CUDA.
        links = find_links(pip)
        if links:
            environment.setdefault("UV_FIND_LINKS", links)
        # Compiled now, so that every start is fast: the first one, and those that may not write bytecode (PYTHONDONTWRITEBYTECODE, images).
        environment.setdefault("UV_COMPILE_BYTECODE", "1")
        pip = [str(VENV / "bin" / "uv"), "pip", "-q"]
    for arguments in (["-r", requirements], ["--no-deps", "-r", NEWER], ["--no-deps", "-e", "."]):
        subprocess.run([*pip, "install", *arguments], cwd=ROOT, env=environment, check=True)
    packages = sorted(str(path.parent) for path in ROOT.glob("*/__init__.py"))
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", *packages, *map(str, ROOT.glob("*.py"))], check=False)


def find_links(pip: list[str]) -> str:
    """The extra wheel folders of pip's configuration, in uv's notation."""
    listed = subprocess.run([*pip, "config", "get", "global.find-links"], capture_output=True, text=True).stdout
    links = os.environ.get("PIP_FIND_LINKS", "") or listed
    return ",".join(links.split())


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"Installation failed: {json.dumps(error.cmd[:4])} ended with {error.returncode}; see above.")
