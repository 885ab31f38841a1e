"""Drills an installation on many machines: python -m benchmarks.drill_scaleout [WORD …]

Two web processes behind HAProxy and two workers; people ask and bring files all the time while one part after the other fails, comes back.
A row is good when nothing was lost (every question has an answer, a mark with what was written, or a sentence; every
file that was taken is read), every request ended in time, and ``/health/ready`` said the truth. Prints a table; exits with 1 where a row
fails. WORD: the rows whose names contain one of them. See ``benchmarks.scaleout``.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.installation import ROOT
from benchmarks.scaleout import machines, models, processes, servers
from benchmarks.scaleout.frame import Row, run
from benchmarks.scaleout.load import sign_in
from benchmarks.scaleout.site import ScaledOut
from core import logging
from scripts.packages import DRILLS, libfaketime, missing

INSIDE = "--inside"  # a mount namespace of its own
ROWS = (
    *processes.ROWS,
    *servers.ROWS,
    *models.ROWS,
    machines.DISK,
    machines.CLOCK,
)
HEAD = "| row | expected | seen | seconds: fault, then until every process is ready | |\n|---|---|---|---|---|\n"


@dataclass
class Plan:
    """The rows to be done, and those that cannot be done here, with why."""

    rows: list[Row] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def without(self, row: Row, why: str) -> None:
        """Leave a row out."""
        if row in self.rows:
            self.rows.remove(row)
            self.left_out.append(f"{row.name}: {why}")


@contextmanager
def planned(words: list[str], folder: Path) -> Iterator[tuple[Plan, ScaledOut]]:
    """The installation, and what can be done with it here."""
    plan = Plan([row for row in ROWS if not words or any(word in row.name for word in words)])
    site = ScaledOut(folder)
    if libfaketime() is None:
        plan.without(machines.CLOCK, "libfaketime is missing")
    if machines.DISK in plan.rows and (not _is_inside() or not machines.mount_small_disks(site)):
        plan.without(machines.DISK, "no file system can be mounted")
    with site.running():
        yield plan, site


def _is_inside() -> bool:
    return INSIDE in sys.argv[1:]


def drill(words: list[str]) -> int:
    """Do the rows whose names contain one of the words, all without words; returns the exit code."""
    since, good = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="fn-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with planned(words, Path(name)) as (plan, site):
            headers = sign_in(site)
            _print(f"everything runs after {time.monotonic() - since:.0f} s\n\n{HEAD}")
            for row in plan.rows:
                good += run(row, site, headers)
    _print("".join(f"left out: {sentence}\n" for sentence in plan.left_out))
    minutes, load = (time.monotonic() - since) / 60, os.getloadavg()[0]
    _print(f"\n{good} of {len(plan.rows)} as expected; {minutes:.1f} minutes; load average {load:.1f}\n")
    return 0 if good == len(plan.rows) else 1


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """The command line."""
    logging.configure("error")
    if gone := [need.name for need in missing(DRILLS) if need.name == "HAProxy"]:
        _print(f"Missing: {', '.join(gone)}. python scripts/packages.py --drills\n")
        return 1
    if not _is_inside() and os.getuid() == 0 and shutil.which("unshare"):
        command = [sys.executable, "-m", "benchmarks.drill_scaleout", INSIDE, *words]
        os.chdir(ROOT)
        os.execvp("unshare", ["unshare", "-m", *command])
    return drill([word for word in words if word != INSIDE])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
