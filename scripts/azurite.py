"""Finds or installs Azurite, the local emulator of Azure Blob Storage, for the tests.

Usage: python scripts/azurite.py
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".venv" / "azurite"
PROGRAM = FOLDER / "node_modules" / ".bin" / "azurite-blob"
PACKAGE = "azurite@3.37.0"
NPM = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix", str(FOLDER)]


def ready() -> bool:
    """True when Azurite can be started."""
    return PROGRAM.exists() and shutil.which("node") is not None


def install() -> str | None:
    """Installs Azurite if it is absent; returns what is missing when that fails, else None."""
    if ready():
        return None
    if not shutil.which("npm") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing npm for the tests with Azure Blob Storage …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "npm"], stdout=subprocess.DEVNULL, check=False)
    if not shutil.which("npm"):
        return "npm (Debian: sudo apt-get install npm)"
    print("Installing Azurite into .venv for the tests with Azure Blob Storage …", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([*NPM, PACKAGE], capture_output=True, text=True)
    if ready():
        return None
    return f"{PACKAGE}, which npm could not install: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"


def main() -> None:
    """Installs Azurite or prints what is missing; then exits with 1 in CI."""
    missing = install()
    if missing:
        print(f"Missing for the tests with Azure Blob Storage: {missing}. Install it and run again.")
        if os.environ.get("CI"):
            sys.exit(1)


if __name__ == "__main__":
    main()
