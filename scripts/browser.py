"""Finds or installs Chromium for the browser tests.

Usage: python scripts/browser.py
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Installs Chromium or prints what is missing; then exits with 1 in CI."""
    if any(shutil.which(name) for name in NAMES):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], stdout=subprocess.DEVNULL, check=False)
    if not any(shutil.which(name) for name in NAMES):
        print(
            "Missing for the browser tests: Chromium. Install it (Debian: sudo apt-get install chromium) and run again."
        )
        if os.environ.get("CI"):
            sys.exit(1)


if __name__ == "__main__":
    main()
