"""Make sure that there is a tesseract for the tests of text recognition; install it where that is possible.

Usage: python scripts/tesseract.py
"""

import os
import shutil
import subprocess
import sys

PACKAGES = (
    "tesseract-ocr",
    "tesseract-ocr-deu",
    "tesseract-ocr-rus",
    "tesseract-ocr-heb",
    "fonts-dejavu-core",
)  # the font draws Russian
WANTED = {"eng", "deu", "rus", "heb"}


def main() -> None:
    """Find or install; say what is missing otherwise."""
    if not WANTED - installed() or (os.geteuid() == 0 and shutil.which("apt-get") and install()):
        return
    print(
        f"Missing for the tests of text recognition: tesseract with {', '.join(sorted(WANTED - installed()))}. "
        f"Install it (Debian: sudo apt-get install {' '.join(PACKAGES)}) and run again."
    )
    if os.environ.get("CI"):
        sys.exit(1)


def installed() -> set[str]:
    """Languages that are there."""
    program = shutil.which("tesseract")
    if program is None:
        return set()
    return set(subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False).stdout.split())


def install() -> bool:
    """True when all that is wanted is there afterwards."""
    print("Installing tesseract for the tests of text recognition …", flush=True)
    subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
    subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], stdout=subprocess.DEVNULL, check=False)
    return not WANTED - installed()


if __name__ == "__main__":
    main()
