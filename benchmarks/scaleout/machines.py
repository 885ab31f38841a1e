"""Rows about the machines that the processes run on: a full disk, a clock that is wrong."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.drill_parts import fill
from benchmarks.installation import Web
from benchmarks.scaleout.frame import Row, Stage, expect_ready
from benchmarks.scaleout.load import Tally
from benchmarks.scaleout.site import ENDS_WITHIN_S, PASSWORD, ScaledOut
from scripts.packages import libfaketime

AWAY_S = 8.0
DISK_MB = 120
AHEAD = "+1h"


def mount_small_disks(site: ScaledOut) -> bool:
    """Give the first web process and the first worker small disks of their own; False where that is not allowed.

    In a mount namespace of the drill's own they are gone with it, see ``benchmarks.drill_scaleout``.
    """
    for process in (site.webs[0], site.workers[0]):
        folder = Path(process.environment["FOOTNOTE_VAR_DIR"])
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "none", str(folder)]
        if subprocess.run(command, capture_output=True).returncode:
            return False
    return True


def _fill_disks(stage: Stage) -> None:
    processes = (stage.site.webs[0], stage.site.workers[0])
    stage.begin()
    fillers = [fill(Path(process.environment["FOOTNOTE_VAR_DIR"])) for process in processes]
    time.sleep(AWAY_S)
    for filler in fillers:
        filler.unlink()
    stage.heal()


def _refused(stage: Stage, tally: Tally) -> None:
    web, other = stage.site.webs
    expect_ready(stage, tally, web, 200, "degraded", "disk", after_s=4.0)
    expect_ready(stage, tally, other, 200, after_s=0.0)
    statuses = {upload.status for upload in tally.uploads}
    stage.require(statuses <= {202, 507}, f"files came to {sorted(statuses)}")


@contextmanager
def another_clock(web: Web) -> Iterator[None]:
    """The process believes that it is an hour later."""
    plain = dict(web.environment)
    web.stop(ENDS_WITHIN_S)
    faked = {"LD_PRELOAD": libfaketime() or "", "FAKETIME": AHEAD, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    web.environment |= faked
    web.start()
    try:
        yield
    finally:
        web.stop(ENDS_WITHIN_S)
        web.environment = plain
        web.start()


def _wrong_clock(stage: Stage) -> None:
    site = stage.site
    stage.begin()
    with another_clock(site.webs[1]):
        site.wait_ready(site.webs[1])
        for here, there in (site.webs, reversed(site.webs)):
            stage.require(_is_known(here, there), f"who signs in at {here.log.stem} is not known at {there.log.stem}")
        time.sleep(2 * AWAY_S)  # longer than it takes to believe that a process is dead
    stage.heal()


def _is_known(here: Web, there: Web) -> bool:
    form = {"username": "admin", "password": PASSWORD}
    token = httpx.post(f"{here.url}/api/auth/token", data=form, timeout=30).raise_for_status().json()["access_token"]
    asked = httpx.get(f"{there.url}/api/documents", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return asked.status_code == httpx.codes.OK


def _first_web_is_ready(stage: Stage, tally: Tally) -> None:
    expect_ready(stage, tally, stage.site.webs[0], 200, after_s=0.0)


DISK = Row(
    "disk full",
    "questions and uploads go on (files are in S3), or 507; files are read by the other worker; degraded",
    _fill_disks,
    _refused,
)
CLOCK = Row(
    "clock + 1 h on one web",
    "nobody is signed out, no answer is taken for dead",
    _wrong_clock,
    _first_web_is_ready,
)
