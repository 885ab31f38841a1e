"""Rows about another release: the code before the last migration, and the present one, with answers in flight."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.installation import ROOT
from benchmarks.scaleout.frame import Row, Stage
from benchmarks.scaleout.load import Tally
from benchmarks.scaleout.site import ENDS_WITHIN_S, ScaledOut

ANSWERS, WORDS, PAUSE_S, BETWEEN_S = 30, 40, 0.1, 0.7
MEANWHILE_S = 5.0


def previous(folder: Path) -> Path | None:
    """The code before the commit that added the last migration, unpacked; None where there is no history."""
    newest = ["git", "log", "-1", "--diff-filter=A", "--format=%H", "--", "alembic/versions"]
    found = subprocess.run(newest, cwd=ROOT, capture_output=True, text=True)
    if found.returncode or not found.stdout.strip():
        return None
    packed = subprocess.run(["git", "archive", f"{found.stdout.strip()}^"], cwd=ROOT, capture_output=True)
    if packed.returncode:
        return None
    (code := folder / "previous").mkdir()
    subprocess.run(["tar", "-x", "-C", str(code)], input=packed.stdout, check=True)
    return code


def _roll_to(site: ScaledOut, code: Path) -> None:
    """Every process in turn is told to end, and started with this code; the ports stay."""
    for process in site.processes:
        process.stop(ENDS_WITHIN_S)
        process.root = code
        process.start()
        site.wait_ready(process)


def _upgrade(stage: Stage) -> None:
    site = stage.site
    site.speak(WORDS, PAUSE_S)
    stage.begin()
    stage.load.ask_evenly(ANSWERS, BETWEEN_S)
    command, environment = [sys.executable, "-m", "cli", "migrate"], site.webs[0].whole_environment
    migrated = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    stage.require(migrated.returncode == 0, f"migrate: {migrated.stderr[-200:]}")
    time.sleep(MEANWHILE_S)  # the previous release on the new tables
    _roll_to(site, ROOT)
    stage.heal()
    site.speak()


def _roll_back(stage: Stage) -> None:
    site, code = stage.site, stage.site.previous
    assert code is not None
    site.speak(WORDS, PAUSE_S)
    stage.begin()
    stage.load.ask_evenly(ANSWERS, BETWEEN_S)
    _roll_to(site, code)
    time.sleep(MEANWHILE_S)
    stage.heal()
    site.speak()


def _all_answered(stage: Stage, tally: Tally) -> None:
    told = [question.said for question in tally.of("told")]
    stage.require(not told, f"{len(told)} questions were not answered: {told[:2]}")


UPGRADE = Row(
    "upgrade, answers in flight",
    "the previous release goes on with the new tables; each process is replaced; none cut",
    _upgrade,
    _all_answered,
    longest_s=20.0,
)
ROLL_BACK = Row(
    "roll-back, answers in flight",
    "the previous release starts on the new tables; none cut",
    _roll_back,
    _all_answered,
    longest_s=20.0,
)
