"""Finds or installs libseccomp, without which the processes that open files are not fully isolated.

Usage: python scripts/seccomp.py
"""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library

PACKAGE = "libseccomp2"


def main() -> None:
    """Installs it or prints what is missing; then exits with 1 in CI."""
    if sys.platform != "linux" or find_library("seccomp"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing libseccomp for the tests of isolation …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", PACKAGE], stdout=subprocess.DEVNULL, check=False)
        if find_library("seccomp"):
            return
    print(
        f"Missing for the tests of isolation: libseccomp. Install it (Debian: sudo apt-get install {PACKAGE}) and run again."
    )
    if os.environ.get("CI"):
        sys.exit(1)


if __name__ == "__main__":
    main()
