"""Finds or installs the packages of the system that the tests need: Chromium, tesseract, libseccomp, PgBouncer, Prometheus.

Usage: python scripts/packages.py [--drills]        with what `make drill-scaleout` needs besides: HAProxy, libfaketime
As root on Debian it installs what is missing; otherwise it says what that is, and exits with 1 in CI.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from ctypes.util import find_library
from pathlib import Path
from typing import NamedTuple

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PROMETHEUS = ("prometheus", "promtool")
LANGUAGES = {"eng", "deu", "rus", "heb"}  # of tesseract
PATH = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"  # where Debian has servers; not on everybody's path


class Need(NamedTuple):
    """What tests need: its name, the tests, Debian's packages, and whether it is there."""

    name: str
    tests: str
    packages: tuple[str, ...]
    is_there: Callable[[], bool]


def main() -> None:
    """Installs what is missing, or prints it."""
    needs = (*NEEDS, *DRILLS) if "--drills" in sys.argv[1:] else NEEDS
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install([package for need in missing(needs) for package in need.packages])
    for need in missing(needs):
        print(
            f"Missing for the tests of {need.tests}: {need.name}. "
            f"Install it (Debian: sudo apt-get install {' '.join(need.packages)}) and run again."
        )
    if missing(needs) and os.environ.get("CI"):
        sys.exit(1)


def missing(needs: Sequence[Need]) -> list[Need]:
    """What of it is not installed."""
    return [need for need in needs if not need.is_there()]


def install(packages: list[str]) -> None:
    """Installs Debian's packages, as far as that succeeds."""
    if packages:
        print(f"Installing {' '.join(packages)} for the tests …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
            stdout=subprocess.DEVNULL,
            check=False,
        )


def pgbouncer() -> str | None:
    """The program; None when it is not installed."""
    return shutil.which("pgbouncer", path=PATH)


def haproxy() -> str | None:
    """The program; None when it is not installed."""
    return shutil.which("haproxy", path=PATH)


def libfaketime() -> str | None:
    """The library that gives a process another clock; None when it is not installed."""
    return next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


def languages() -> set[str]:
    """Those that tesseract is installed for."""
    program = shutil.which("tesseract")
    if program is None:
        return set()
    return set(subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False).stdout.split())


NEEDS = (
    Need("Chromium", "the pages", ("chromium",), lambda: any(map(shutil.which, CHROMIUM))),
    Need(
        f"tesseract with {', '.join(sorted(LANGUAGES))}",
        "text recognition",
        ("tesseract-ocr", *(f"tesseract-ocr-{code}" for code in sorted(LANGUAGES - {"eng"})), "fonts-dejavu-core"),
        lambda: languages() >= LANGUAGES,
    ),
    Need(
        "libseccomp",
        "isolation",
        ("libseccomp2",),
        lambda: sys.platform != "linux" or bool(find_library("seccomp")),
    ),
    Need("PgBouncer", "poolers", ("pgbouncer",), lambda: pgbouncer() is not None),
    Need("Prometheus", "alerts and dashboards", ("prometheus",), lambda: all(map(shutil.which, PROMETHEUS))),
)
DRILLS = (
    Need("HAProxy", "many machines", ("haproxy",), lambda: haproxy() is not None),
    Need("libfaketime", "wrong clocks", ("libfaketime",), lambda: libfaketime() is not None),
)

if __name__ == "__main__":
    main()
