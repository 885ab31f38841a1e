"""Rows about Footnote's own processes: killed, told to end, taken away."""

import time

from benchmarks.scaleout.frame import Row, Stage, expect_ready
from benchmarks.scaleout.load import Tally
from benchmarks.scaleout.site import ENDS_WITHIN_S

AWAY_S = 6.0
ANSWERS, WORDS, PAUSE_S = 100, 40, 0.2  # answers of eight seconds
BETWEEN_S = 0.6  # two of them
END_WITHIN_S = 45.0  # of a process, from SIGTERM on
READY_S = 5.0  # FOOTNOTE_DRAIN_READY_S
QUICK_S = 1.5  # what "at once" means to a probe every half second, and what a busy machine adds


def _kill_web(stage: Stage) -> None:
    victim = stage.site.webs[0]
    stage.begin()
    victim.kill()
    time.sleep(AWAY_S)
    victim.start()
    stage.heal()


def _other_web_is_ready(stage: Stage, tally: Tally) -> None:
    expect_ready(stage, tally, stage.site.webs[1], 200, after_s=0.0)


def _restart_webs(stage: Stage) -> None:
    """One web process after the other, while answers of eight seconds are written."""
    site = stage.site
    site.speak(WORDS, PAUSE_S)
    stage.begin()
    stage.load.ask_evenly(ANSWERS, BETWEEN_S)
    time.sleep(PAUSE_S * WORDS)
    for web in site.webs:
        told_at = time.monotonic()
        assert web.process is not None
        web.process.terminate()
        web.process.wait(ENDS_WITHIN_S)
        took_s = time.monotonic() - told_at
        stage.seen.append(f"{web.log.stem} ended after {took_s:.0f} s")
        stage.require(took_s <= END_WITHIN_S, f"{web.log.stem} took {took_s:.0f} s to end")
        stage.ends.append((web, told_at))
        web.start()
        site.wait_ready(web)
    stage.heal()
    site.speak()


def _said_so_at_once(stage: Stage, tally: Tally) -> None:
    """From SIGTERM on 503, while the port answers; nothing was cut."""
    for web, told_at in stage.ends:
        drained = tally.probed(web, told_at + QUICK_S, told_at + READY_S - 0.5)
        said = {(probe.status, probe.word) for probe in drained}
        stage.require(said == {(503, "stopping")}, f"{web.log.stem} said {sorted(said)} after SIGTERM")


def _kill_worker(stage: Stage) -> None:
    victim = stage.site.workers[0]
    stage.begin()
    victim.kill()
    time.sleep(AWAY_S)
    victim.start()
    stage.heal()


def _webs_are_ready(stage: Stage, tally: Tally) -> None:
    for web in stage.site.webs:
        expect_ready(stage, tally, web, 200, after_s=0.0)


def _no_workers(stage: Stage) -> None:
    """Told to end, both at once, and back."""
    workers = stage.site.workers
    stage.begin()
    for worker in workers:
        assert worker.process is not None
        worker.process.terminate()
    for worker in workers:
        worker.stop(ENDS_WITHIN_S)
    time.sleep(AWAY_S)
    for worker in workers:
        worker.start()
    stage.heal()


ROWS = (
    Row(
        "web -9",
        "answers of the dead one are cut off with their text within 20 s; the other one is ready",
        _kill_web,
        _other_web_is_ready,
        cuts=True,
    ),
    Row(
        "web TERM",
        "both restarted in turn during 100 answers of 8 s: none cut, each end within 45 s, 503 at once while the port answers",
        _restart_webs,
        _said_so_at_once,
        longest_s=45.0,
    ),
    Row("worker -9", "its files are read by the other one; web processes are ready", _kill_worker, _webs_are_ready),
    Row("both workers to zero and back", "files wait and are read later; questions go on", _no_workers, _webs_are_ready),
)  # fmt: skip
