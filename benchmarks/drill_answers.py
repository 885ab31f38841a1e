"""Drills answers while connections are cut and processes killed: python -m benchmarks.drill_answers [NUMBER]

Two web processes and two workers answer NUMBER questions (200), several at a time: half as streams, half in the background. Readers lose
their connections at random, come back to a random web process and resume. In between, ``kill -9`` strikes a web process, then a worker;
each is started again. A question whose process was killed is told as interrupted, and asked again. It passes when no answer is lost, none
doubled (an event twice, or another answer at ``/result``) and none cut (another text than the other answers have).

PostgreSQL and Redis are real processes; the search server is a stand-in (``benchmarks.stand_ins``), the embedding server runs the bundled
model, and the language model is the stub of the tests at 50 ms a word.
"""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.installation import Installation, Program, Web, free_port, wait_for
from core import logging
from tests.documents import HANDBOOK
from tests.stub_llm import running_stub

QUESTION = "How many days of paid annual leave does an employee receive?"
PASSWORD = "a password for the drill"
NUMBER = 200
AT_ONCE = 6
GIVE_UP_S = 120.0
CUT = 0.5  # the share of connections that are cut, each after a random part of a second
LIMIT_S = 20.0


@dataclass
class Tally:
    """What happened to the answers.

    Attributes:
        recovered_s: from an interruption that a reader felt (a lost connection, a dead process) to the next event of that answer.
    """

    texts: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    cuts: int = 0
    interrupted: int = 0
    recovered_s: list[float] = field(default_factory=list)

    @property
    def cut(self) -> int:
        """Answers with another text than most."""
        return sum(self.texts.values()) - max(self.texts.values(), default=0)


class Interrupted(Exception):
    """The process that answered died."""


class Site:
    """The processes, and a person who asks them."""

    def __init__(self, webs: list[Web], tally: Tally) -> None:
        self.webs = webs
        self.tally = tally
        self.client = httpx.AsyncClient(timeout=httpx.Timeout(10, read=30))
        self.headers: dict[str, str] = {}

    async def sign_in(self) -> None:
        """Sign in, bring the handbook, and wait until it is read."""
        url = self.webs[0].url
        form = {"username": "admin", "password": PASSWORD}
        token = (await self.client.post(f"{url}/api/auth/token", data=form)).raise_for_status().json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}
        files = {"file": ("handbook.pdf", HANDBOOK)}
        uploaded = await self.client.post(f"{url}/api/documents", files=files, headers=self.headers)
        job = f"{url}/api/jobs/{uploaded.raise_for_status().json()['job']['job_id']}"
        while True:
            state = (await self.client.get(job, headers=self.headers)).json()["state"]
            if state == "finished":
                return
            assert state != "failed", "the handbook could not be read"
            await asyncio.sleep(0.2)

    async def ask(self, *, in_background: bool) -> None:
        """One question to its answer, asked again where its process died."""
        since = time.monotonic()
        while time.monotonic() - since < GIVE_UP_S:
            try:
                reader = Reader(self)
                await (reader.background() if in_background else reader.stream())
                await self._judge(reader)
            except Interrupted:
                self.tally.interrupted += 1
            except httpx.TransportError:  # before it was known which run it is
                await asyncio.sleep(0.2)
            else:
                return
        self.tally.lost += 1

    async def _judge(self, reader: "Reader") -> None:
        self.tally.doubled += reader.repeated
        self.tally.texts[reader.text] += 1
        result = await reader.get(f"/result/{reader.run_id}")
        self.tally.doubled += result["answer"] != reader.text


class Reader:
    """Reads one run, through cuts."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.run_id = ""
        self.text = ""
        self.repeated = 0
        self._last = 0
        self._is_over = False
        self._felt_at: float | None = None

    async def stream(self) -> None:
        """Ask as a stream, then resume until the end."""
        body = {"question": QUESTION, "fresh": True}
        await self._read("POST", "/api/chat/stream", json=body)
        await self._resume()

    async def background(self) -> None:
        """Ask in the background, then follow until the end."""
        url, body = self._url("/chat"), {"message": QUESTION, "fresh": True}
        headers = {**self._site.headers, "Prefer": "respond-async"}
        answer = await self._site.client.post(url, json=body, headers=headers)
        self.run_id = answer.raise_for_status().json()["job_id"]
        await self._resume()

    async def get(self, path: str) -> Any:
        """JSON from any process."""
        while True:
            try:
                answer = await self._site.client.get(self._url(path), headers=self._site.headers)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
            else:
                return answer.raise_for_status().json()

    async def _resume(self) -> None:
        since = time.monotonic()
        while not self._is_over and self.run_id:
            if time.monotonic() - since > GIVE_UP_S:
                self._site.tally.lost += 1
                return
            headers = {"Last-Event-ID": str(self._last)}
            await self._read("GET", f"/api/answer-runs/{self.run_id}/events", headers=headers)

    async def _read(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        """Read until the end, or until the connection is lost."""
        cut_after_s = random.uniform(0.0, 1.0) if random.random() < CUT else GIVE_UP_S
        try:
            async with (
                asyncio.timeout(cut_after_s),
                self._site.client.stream(
                    method, self._url(path), headers={**self._site.headers, **(headers or {})}, **more
                ) as response,
            ):
                response.raise_for_status()
                async for number, event in events_of(response):
                    self._take(number, event)
        except TimeoutError:
            self._site.tally.cuts += 1
        except httpx.TransportError:
            if not self.run_id:
                raise
        if not self.run_id and not self._is_over:
            raise httpx.ReadError("cut before it was known which run it is")
        self._felt_at = self._felt_at or time.monotonic()

    def _take(self, number: int, event: dict[str, Any]) -> None:
        self.repeated += number <= self._last
        self._last = number
        if self._felt_at is not None:
            self._site.tally.recovered_s.append(time.monotonic() - self._felt_at)
            self._felt_at = None
        match event["kind"]:
            case "started":
                self.run_id = event["answer_run_id"]
            case "citations":
                self.text = event["answer"]
            case "error":
                self._is_over = True
                raise Interrupted
            case "done" | "refused" | "stopped":
                self._is_over = True

    def _url(self, path: str) -> str:
        return random.choice(self._site.webs).url + path


async def events_of(response: httpx.Response) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """Number and data of the events of a stream."""
    number = 0
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            number = int(value)
        elif name == "data":
            yield number, json.loads(value)


async def strike(program: Program, after_s: float, ready: str = "") -> None:
    """``kill -9`` after some seconds; started again at once."""
    await asyncio.sleep(after_s)
    await asyncio.to_thread(program.kill)
    print(f"killed: {program.log.stem}", flush=True)
    await asyncio.to_thread(program.start)
    if isinstance(program, Web) and ready:
        await asyncio.to_thread(program.wait, ready)
        print(f"back: {program.log.stem}", flush=True)


async def drill(site: Site, workers: list[Program], number: int) -> None:
    """Ask all questions while processes are killed."""
    await site.sign_in()
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(place: int) -> None:
        async with places:
            await site.ask(in_background=place % 2 == 0)
            if (place + 1) % 20 == 0:
                print(f"{place + 1} asked", flush=True)

    async with asyncio.TaskGroup() as group:
        group.create_task(strike(site.webs[0], 8.0, "/health/ready"))
        group.create_task(strike(workers[0], 20.0))
        for place in range(number):
            group.create_task(ask(place))
    await site.client.aclose()


def run(folder: Path, number: int, tally: Tally) -> None:
    """Start everything, and drill."""
    installation = Installation(folder)
    installation.embeddings.arguments[1] = "model"
    with running_stub() as stub, ExitStack() as stack:
        environment = {
            "FOOTNOTE_EMBEDDING_MODEL": "all-MiniLM-L6-v2",
            "FOOTNOTE_LLM_MODEL": "slow",
            "FOOTNOTE_LLM_BASE_URL": stub.base_url,
            "FOOTNOTE_ADMIN_PASSWORD": PASSWORD,
            "FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE": "10000",
        }
        stack.enter_context(installation.servers())
        shared = installation.environment | environment
        ports = [free_port(), free_port()]
        webs = [
            Web(
                ["cli", "serve"],
                folder / f"web{place}.log",
                shared | {"FOOTNOTE_PORT": str(port)},
                url=f"http://127.0.0.1:{port}",
            )
            for place, port in enumerate(ports)
        ]
        for worker in installation.workers:
            worker.environment = shared
        for program in (webs[0], webs[1], *installation.workers):
            stack.callback(program.stop)
            program.start()
            if program is webs[0]:
                webs[0].wait("/health/ready")
        webs[1].wait("/health/ready")
        wait_for(lambda: all(worker.logged("worker.started") for worker in installation.workers))
        print("everything runs", flush=True)
        asyncio.run(drill(Site(webs, tally), installation.workers, number))


def main(number: int) -> int:
    """Drills, prints the figures, and returns the exit code."""
    logging.configure("error")
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:
        run(Path(folder), number, tally)
    answered = sum(tally.texts.values())
    ordered = sorted(tally.recovered_s) or [0.0]
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"\ntexts: {dict(tally.texts)}")
    print(
        f"{answered} of {number} answered; lost {tally.lost}, doubled {tally.doubled}, cut {tally.cut}; "
        f"{tally.cuts} connections cut, {tally.interrupted} answers interrupted and asked again; back after "
        f"median {statistics.median(ordered):.2f} s, p95 {p95:.2f} s, longest {ordered[-1]:.1f} s (limit {LIMIT_S:.0f})"
    )
    is_good = answered == number and not (tally.lost or tally.doubled or tally.cut) and p95 <= LIMIT_S
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER))
