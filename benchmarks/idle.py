"""Counts what a web process and a worker ask of PostgreSQL and Redis while nobody does anything, and what reading the web's metrics costs.

python -m benchmarks.idle [--seconds 60]

Everything that the log of PostgreSQL shows is a statement: BEGIN, COMMIT and the pings of connections too. Figures come last, with what was
asked most often; it exits with 1 where a target is missed.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from redis import Redis

from benchmarks.installation import Installation, Program, Web, free_port, wait_for

READY_WITHIN_S = 600.0
SETTLES_S = 45.0  # after ready: what is done once is over
SHOWN = 30
NAME = 90  # characters of a statement that are shown
TARGETS = {
    "web, SQL statements a second": 0.5,
    "worker, SQL statements a second": 1.0,
    "worker, Redis commands a second": 5.0,
    "web, CPU of reading /metrics, ms": 20.0,
}
SCRAPES = 50
TOKEN = "a token for Prometheus"
STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): ?(.*)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked in a time, by statement and by command."""

    seconds: float
    statements: Counter[str]
    commands: Counter[str]


class Counting:
    """Counts on the servers of an installation."""

    def __init__(self, installation: Installation) -> None:
        self._log = installation.postgres.log
        self._url = installation.postgres.url.replace("+asyncpg", "")
        self._redis = Redis.from_url(installation.redis.url)

    async def log_everything(self) -> None:
        """Have PostgreSQL write every statement into its log."""
        connection = await asyncpg.connect(self._url)
        await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()

    def during(self, seconds: float) -> Asked:
        """What is asked in so many seconds from now on."""
        offset, before = self._log.stat().st_size, self._commands()
        began = time.monotonic()
        time.sleep(seconds)
        took_s = time.monotonic() - began
        commands = self._commands()
        commands.subtract(before)
        commands.subtract({"info": 1})
        with self._log.open() as lines:
            lines.seek(offset)
            found = Counter(self._names(lines.read()))
        return Asked(took_s, found, +commands)

    def _commands(self) -> Counter[str]:
        stats: Any = self._redis.info("commandstats")
        return Counter({name.removeprefix("cmdstat_"): int(one["calls"]) for name, one in stats.items()})

    def _names(self, text: str) -> Iterator[str]:
        """The first line or two of each statement."""
        lines = text.splitlines()
        for place, line in enumerate(lines):
            if said := STATEMENT.search(line):
                more = " ".join(part.strip() for part in lines[place + 1 : place + 4] if "LOG:" not in part)
                yield f"{said.group(1).strip()} {more}"[:NAME].strip() or "(ping)"


@contextmanager
def running(program: Program) -> Iterator[None]:
    """A program until the block ends."""
    program.start()
    try:
        yield
    finally:
        program.stop()


def show(name: str, asked: Asked) -> None:
    """Print what was asked most often."""
    print(f"\n{name}, idle for {asked.seconds:.0f} s")
    for what in (asked.statements, asked.commands):
        for said, count in what.most_common(SHOWN):
            print(f"  {count / asked.seconds:6.2f}/s  {said}")


def of_a_scrape(web: Web) -> float:
    """CPU milliseconds of the web process for one answer of /metrics."""
    assert web.process is not None
    process = psutil.Process(web.process.pid)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=web.url, headers=headers, trust_env=False) as prometheus:
        prometheus.get("/metrics").raise_for_status()
        before = process.cpu_times()
        for _ in range(SCRAPES):
            prometheus.get("/metrics").raise_for_status()
        after = process.cpu_times()
    return 1000 * (after.user + after.system - before.user - before.system) / SCRAPES


def measured(folder: Path, seconds: float) -> dict[str, float]:
    """Statements and commands of each a second, one process after the other."""
    installation, port = Installation(folder), free_port()
    found = {}
    with installation.servers():
        counting = Counting(installation)
        asyncio.run(counting.log_everything())
        own = {"FOOTNOTE_PORT": str(port), "FOOTNOTE_METRICS": "true", "FOOTNOTE_TELEMETRY_METRICS_TOKEN": TOKEN}
        web = Web(["cli", "serve"], folder / "web.log", installation.environment | own, url=f"http://127.0.0.1:{port}")
        with running(web):
            wait_for(lambda: web.answers("/health/ready"), READY_WITHIN_S)
            time.sleep(SETTLES_S)
            asked = counting.during(seconds)
            show("web", asked)
            found["web, SQL statements a second"] = asked.statements.total() / asked.seconds
            found["web, Redis commands a second"] = asked.commands.total() / asked.seconds
            found["web, CPU of reading /metrics, ms"] = of_a_scrape(web)
        worker = installation.workers[0]
        with running(worker):
            wait_for(lambda: bool(worker.logged("worker.started")), READY_WITHIN_S)
            time.sleep(SETTLES_S)
            asked = counting.during(seconds)
            show("worker", asked)
            found["worker, SQL statements a second"] = asked.statements.total() / asked.seconds
            found["worker, Redis commands a second"] = asked.commands.total() / asked.seconds
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fn-", ignore_cleanup_errors=True) as name:
        found = measured(Path(name), arguments.seconds)
    print()
    for name, value in found.items():
        target = TARGETS.get(name)
        verdict = "" if target is None else f"≤ {target:g}{'' if value <= target else '   MISSED'}"
        print(f"{name:<40} {value:>8.2f}   {verdict}")
    sys.exit(any(value > TARGETS.get(name, value) for name, value in found.items()))


if __name__ == "__main__":
    main()
