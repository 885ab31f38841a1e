"""Rows about the servers that Footnote stands on: killed, frozen, emptied."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import psutil
import redis

from benchmarks.installation import Web
from benchmarks.scaleout.frame import Row, Stage, expect_ready
from benchmarks.scaleout.load import Tally
from benchmarks.scaleout.site import ScaledOut, family_of

AWAY_S = 8.0
FROZEN_S = 13.0  # longer than a request may take
CHECKED_EVERY_S = 10.0  # the file storage, see ``readiness``
Processes = Callable[[ScaledOut], Sequence[psutil.Process]]


@contextmanager
def frozen(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """As if their machine were gone, with connections open."""
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process.pid, signal.SIGCONT)


def freezes(processes: Processes, seconds: float = FROZEN_S) -> Callable[[Stage], None]:
    """A fault: these processes are frozen for a while."""

    def strike(stage: Stage) -> None:
        found = processes(stage.site)
        stage.begin()
        with frozen(found):
            time.sleep(seconds)
        stage.heal()

    return strike


def of_stand_in(server: Web) -> list[psutil.Process]:
    """The process of a stand-in."""
    assert server.process is not None
    return [psutil.Process(server.process.pid)]


def _kill_redis(stage: Stage) -> None:
    stage.begin()
    family_of(stage.site.redis)[0].kill()
    time.sleep(AWAY_S)
    stage.back()
    stage.site.redis.start()
    stage.heal()


def _flush_redis(stage: Stage) -> None:
    stage.begin()
    with redis.Redis.from_url(stage.site.redis.url) as client:
        client.flushall()
    stage.heal()


def _crash_postgres(stage: Stage) -> None:
    """SIGQUIT is an immediate shutdown: as a crash, it recovers from its log."""
    stage.begin()
    family_of(stage.site.postgres)[0].send_signal(signal.SIGQUIT)
    stage.site.postgres.stop()
    time.sleep(AWAY_S)
    stage.back()
    stage.site.postgres.start()
    stage.heal()


def _kill_search(stage: Stage) -> None:
    stage.begin()
    stage.site.search.kill()
    time.sleep(AWAY_S)
    stage.back()
    stage.site.search.start()
    stage.site.search.wait("/collections")
    stage.heal()


def _restart_pooler(stage: Stage) -> None:
    stage.begin()
    stage.site.pooler.stop()
    stage.site.pooler.start()
    stage.heal()


def says(status: int, word: str, part: str, stage: Stage, tally: Tally, after_s: float = 2.5) -> None:
    """Every web process said this while the part was away."""
    for web in stage.site.webs:
        expect_ready(stage, tally, web, status, word, part, after_s=after_s)


def _answers_by_words(stage: Stage, tally: Tally, waits_s: float = 3.0) -> None:
    """Answers came from PostgreSQL meanwhile, and said so. Who asked less than ``waits_s`` before the end may have waited."""
    says(200, "degraded", "index", stage, tally)
    within = [one for one in tally.of("answered") if stage.struck + 1 < one.began < stage.away_until - waits_s]
    stage.require(within, "nothing was answered while the search server was away")
    by_words = sum(one.is_fallback for one in within)
    stage.require(
        by_words == len(within), f"{by_words} of {len(within)} answers say that they are found by words alone"
    )
    stage.seen.append(f"{by_words} answers found by words alone")


def stays_ready(stage: Stage, tally: Tally) -> None:
    """Every web process went on taking questions."""
    said = {probe.word for web in stage.site.webs for probe in tally.probed(web, stage.struck, stage.healed + 2)}
    stage.require(said <= {"ready", "degraded"}, f"ready said {sorted(said)}")


def _frozen(name: str, processes: Processes, judge: Callable[[Stage, Tally], None], expected: str, **more: Any) -> Row:
    return Row(name, expected, freezes(processes), judge, **more)


WITHOUT_REDIS = partial(says, 200, "degraded", "redis")
WITHOUT_POSTGRES = partial(says, 503, "unavailable", "postgres")
WITHOUT_FILES = partial(says, 200, "degraded", "files", after_s=CHECKED_EVERY_S + 2)
BY_WORDS_LATER = partial(_answers_by_words, waits_s=6.0)  # qdrant.search_timeout_s, and a bit
SENTENCE = "503 with a sentence within 10 s, then as before"
ROWS = (
    Row("Redis -9", "questions, files and sign-ins go on; degraded", _kill_redis, WITHOUT_REDIS),
    _frozen("Redis frozen", lambda site: family_of(site.redis), WITHOUT_REDIS, "the same"),
    Row("Redis flushed", "nothing is lost", _flush_redis, stays_ready),
    Row("PostgreSQL immediate", SENTENCE, _crash_postgres, WITHOUT_POSTGRES, cuts=True),
    _frozen("PostgreSQL frozen", lambda site: family_of(site.postgres), WITHOUT_POSTGRES, SENTENCE, cuts=True),
    Row("search server -9", "answers from PostgreSQL, marked; files wait", _kill_search, _answers_by_words),
    _frozen("search server frozen", lambda site: of_stand_in(site.search), BY_WORDS_LATER, "the same"),
    Row(
        "S3 frozen",
        "questions go on; files get a sentence",
        freezes(lambda site: of_stand_in(site.blobs), FROZEN_S + CHECKED_EVERY_S / 2),
        WITHOUT_FILES,
    ),
    Row("pooler restarted", "nothing is lost", _restart_pooler),
)
