"""Measures whether the server's memory stays level under mixed work: python -m benchmarks.soak [--minutes 120] [--picture FILE.svg]

A few people sign in, upload, ask (also what was asked before), look at pages, search, give feedback and delete; strangers send wrong
passwords and bad input. The memory of the server's process is read twice a minute; each line printed is one minute. At the end: the
least-squares slope of the second half, in MB an hour, and a picture of it all.
"""

import argparse
import asyncio
import contextlib
import itertools
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks import crowd
from benchmarks.serving import Server, people, serving, sign_in
from evals.chart import line

MB = 1024**2
PEOPLE = 4
READ_EVERY_S = 30.0
PAUSE_S = 1.0  # between two things a person does
DOCUMENTS = 8  # that a person keeps
LEVEL_MB_PER_HOUR = 6.0  # up to here a server with 8 GB runs for a month without being noticed
READY_WITHIN_S = 120.0


@dataclass
class Soak:
    """What was done and read.

    Attributes:
        outcomes: what was done, with its HTTP status → count.
        readings: (minutes since the start, MB of the server's process).
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    readings: list[tuple[float, float]] = field(default_factory=list)

    def slope_mb_per_hour(self, since_minutes: float) -> float:
        """The least-squares slope of the readings from a minute on; not a number with fewer than two."""
        late = [reading for reading in self.readings if reading[0] >= since_minutes]
        if len(late) < 2:
            return float("nan")
        minutes, sizes = zip(*late, strict=True)
        return statistics.linear_regression(minutes, sizes).slope * 60


class Person:
    """Somebody who works with documents of their own."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], number: int, soak: Soak) -> None:
        self._client, self._headers, self._soak = client, headers, soak
        self._random = random.Random(number)
        self._files = itertools.count(number * 1_000_000 + 1)
        self._documents: list[str] = []

    async def work(self, until: float) -> None:
        """One thing after another until a time (``time.monotonic``)."""
        doings: list[Callable[[], Awaitable[None]]] = [
            self._upload, self._ask_again, self._ask_anew, self._ask_anew, self._look, self._search, self._list, self._go_on, self._stray,
        ]  # fmt: skip
        await self._upload()
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                await self._random.choice(doings)()
            await asyncio.sleep(PAUSE_S)

    async def _send(self, what: str, method: str, path: str, **content: Any) -> httpx.Response:
        sent = await self._client.request(method, path, headers=self._headers, **content)
        self._soak.outcomes[f"{what} {sent.status_code}"] += 1
        return sent

    async def _upload(self) -> None:
        sent = await self._send("upload", "POST", "/api/documents", files={"file": crowd.file_of(next(self._files))})
        if sent.status_code != 202:
            return
        job = sent.json()["job"]["job_id"]
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if (await self._send("job", "GET", f"/api/jobs/{job}")).json()["state"] not in ("queued", "started"):
                break
            await asyncio.sleep(PAUSE_S)
        self._documents.append(sent.json()["document"]["id"])
        if len(self._documents) > DOCUMENTS:
            await self._send("delete", "DELETE", f"/api/documents/{self._documents.pop(0)}")

    async def _ask(self, question: str) -> None:
        content: dict[str, object] = {"question": question}
        await self._send("answer", "POST", "/api/chat", json=content)

    async def _ask_again(self) -> None:
        await self._ask(f"How often is the {self._random.choice(crowd.THINGS)} inspected?")

    async def _ask_anew(self) -> None:
        number = self._random.randrange(10**9)
        await self._ask(
            f"In which hall is the {self._random.choice(crowd.THINGS)} of station {number} mended, and by whom?"
        )

    async def _go_on(self) -> None:
        question = f"Who writes the result of the {self._random.choice(crowd.THINGS)} into the book?"
        async with self._client.stream(
            "POST", "/api/chat/stream", json={"question": question}, headers=self._headers
        ) as answer:
            self._soak.outcomes[f"stream {answer.status_code}"] += 1
            async for _ in answer.aiter_lines():
                if self._random.random() < 0.05:
                    break  # people close the window

    async def _look(self) -> None:
        if self._documents:
            document, width = self._random.choice(self._documents), self._random.randrange(200, 1600)
            await self._send("page", "GET", f"/api/documents/{document}/pages/1", params={"width": width})
            await self._send("file", "GET", f"/api/documents/{document}/file")

    async def _search(self) -> None:
        await self._send("search", "GET", "/api/documents", params={"search": f"station {self._random.randrange(100)}"})

    async def _list(self) -> None:
        await self._send("list", "GET", "/api/documents")
        await self._send("health", "GET", "/health/ready")
        await self._send(
            "pages of the site", "GET", self._random.choice(("/login", "/library", "/public/viewer/page.js"))
        )

    async def _stray(self) -> None:
        name = f"nobody{self._random.randrange(10**6)}"
        await self._send("sign-in", "POST", "/api/auth/token", data={"username": name, "password": "wrong"})
        await self._send("bad input", "POST", "/api/chat", content=b'{"question": ' + b"[" * 500)
        await self._send("no such thing", "GET", f"/api/documents/{name}")


async def _read(server: Server, soak: Soak, started: float, until: float) -> None:
    minute = -1
    while (at := time.monotonic()) < until:
        reading = ((at - started) / 60, server.rss_bytes / MB)
        soak.readings.append(reading)
        if int(reading[0]) > minute:
            minute = int(reading[0])
            print(f"{minute:>5} min {reading[1]:>8.1f} MB {sum(soak.outcomes.values()):>8} requests", flush=True)
        await asyncio.sleep(READ_EVERY_S)


async def measure(server: Server, minutes: float) -> Soak:
    """Lets the people work for so long."""
    soak, headers = Soak(), await people(server, PEOPLE)
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        await sign_in(client, "admin")
        started = time.monotonic()
        until = started + minutes * 60
        everyone = [Person(client, mine, number, soak).work(until) for number, mine in enumerate(headers)]
        await asyncio.gather(_read(server, soak, started, until), *everyone)
    return soak


def picture(readings: Sequence[tuple[float, float]]) -> str:
    """The readings as SVG."""
    return line(readings, x_name="minutes of mixed work", y_name="memory of the server's process, MB")


def main() -> None:
    """The command line; exits with 1 where the memory does not stay level."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--picture", type=Path, help="SVG file that is written")
    arguments = parser.parse_args()
    with serving(FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE="10000") as server:
        soak = asyncio.run(measure(server, arguments.minutes))
    if arguments.picture:
        arguments.picture.write_text(picture(soak.readings))
    print("\n" + ", ".join(f"{what}: {count}" for what, count in sorted(soak.outcomes.items())))
    slope = soak.slope_mb_per_hour(arguments.minutes / 2)
    print(f"\nTarget: second half rises by ≤ {LEVEL_MB_PER_HOUR:.0f} MB an hour: {slope:+.1f}")
    sys.exit(0 if slope <= LEVEL_MB_PER_HOUR else 1)


if __name__ == "__main__":
    main()
