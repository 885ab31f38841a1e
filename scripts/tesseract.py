"""Finds or installs tesseract for the tests of text recognition.

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
LANGUAGES = {"eng", "deu", "rus", "heb"}


def main() -> None:
    """Installs tesseract or prints what is missing; then exits with 1 in CI."""
    if not LANGUAGES - installed() or (os.geteuid() == 0 and shutil.which("apt-get") and install()):
        return
    print(
        f"Missing for the tests of text recognition: tesseract with {', '.join(sorted(LANGUAGES - installed()))}. "
        f"Install it (Debian: sudo apt-get install {' '.join(PACKAGES)}) and run again."
    )
    if os.environ.get("CI"):
        sys.exit(1)


def installed() -> set[str]:
    """The installed languages."""
    program = shutil.which("tesseract")
    if program is None:
        return set()
    return set(subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False).stdout.split())


def install() -> bool:
    """Installs tesseract with all languages; True when that succeeded."""
    print("Installing tesseract for the tests of text recognition …", flush=True)
    subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
    subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], stdout=subprocess.DEVNULL, check=False)
    return not LANGUAGES - installed()


if __name__ == "__main__":
    main()
