"""Steady work on an installation from a thread of its own: people who ask, one who brings files, and a probe of every process."""

import asyncio
import itertools
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.installation import Web
from benchmarks.scaleout.asking import GIVES_UP_S, PAUSE_S, Asker, ProxyAnswer, Question
from benchmarks.scaleout.site import PASSWORD, ScaledOut, told
from tests.documents import HANDBOOK

ASKERS = 4
BETWEEN_S = 0.5  # an answer and that person's next question
UPLOAD_EVERY_S = 2.0
PROBE_EVERY_S = 0.5
READ_WITHIN_S = 120.0

_numbers = itertools.count(1)


@dataclass
class Upload:
    """A file that was brought: what was said, and which document it is."""

    number: int
    status: int = 0
    said: str = ""
    document_id: str = ""
    job_id: str = ""
    took_s: float = 0.0
    state: str = ""


@dataclass(frozen=True)
class Probe:
    """What ``/health/ready`` of a process said at a moment."""

    at: float
    process: str
    status: int
    word: str
    parts: tuple[str, ...]
    took_s: float


@dataclass
class Tally:
    """Everything that was asked, brought and probed during a row."""

    questions: list[Question] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)

    def of(self, *outcomes: str) -> list[Question]:
        """The questions with one of these outcomes."""
        return [question for question in self.questions if question.outcome in outcomes]

    def probed(self, process: Web, since: float, until: float) -> list[Probe]:
        """What a process said in a time."""
        return [one for one in self.probes if one.process == process.log.stem and since <= one.at <= until]


def sign_in(site: ScaledOut) -> dict[str, str]:
    """The headers of the admin; the handbook is there afterwards."""
    with httpx.Client(base_url=site.proxy.url, timeout=60, trust_env=False) as client:
        answer = client.post("/api/auth/token", data={"username": "admin", "password": PASSWORD})
        headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
        client.headers.update(headers)
        sent = client.post("/api/documents", files={"file": ("handbook.pdf", HANDBOOK)}).raise_for_status().json()
        while client.get(f"/api/jobs/{sent['job']['job_id']}").json()["state"] in ("queued", "started"):
            time.sleep(0.2)
    return headers


class Load:
    """The people. They work from :meth:`start` to :meth:`end`.

    Args:
        askers: people who ask one question after the other, half of them without the proxy's cookie.
    """

    def __init__(self, site: ScaledOut, headers: dict[str, str], askers: int = ASKERS) -> None:
        self.tally = Tally()
        self._site, self._headers, self._askers = site, headers, askers
        self._stops = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._error: BaseException | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> Tally:
        """Ask and bring nothing more, wait for what was asked and brought, and say what became of it."""
        self._stops.set()
        self._thread.join(GIVES_UP_S + READ_WITHIN_S)
        if self._error is not None:
            raise self._error
        assert not self._thread.is_alive(), "the load does not end"
        return self.tally

    def ask_evenly(self, count: int, between_s: float) -> None:
        """So many questions besides the steady ones, one after the other; they belong to the tally too."""

        async def ask() -> None:
            async with asyncio.TaskGroup() as group:
                for place in range(count):
                    asker = Asker(self._site.proxy.url, self._headers, keeps_cookies=place % 2 == 0)
                    group.create_task(self._one(asker))
                    await asyncio.sleep(between_s)

        self.soon(ask())

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something else in the thread; its end is waited for."""
        asyncio.run_coroutine_threadsafe(self._keep(work), self._loop)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._work())
        except BaseException as error:  # said by ``end``
            self._error = error

    async def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        self._others.add(task := asyncio.ensure_future(work))
        await asyncio.wait({task})

    async def _work(self) -> None:
        self._others: set[asyncio.Future[None]] = set()
        async with asyncio.TaskGroup() as group:
            probes = [group.create_task(self._probe(process)) for process in self._site.processes]
            people = [group.create_task(self._person(place)) for place in range(self._askers)]
            people.append(group.create_task(self._bring()))
            await asyncio.wait(people)
            while waiting := [task for task in self._others if not task.done()]:
                await asyncio.wait(waiting)
            await self._read_all()
            for probe in probes:
                probe.cancel()

    async def _person(self, place: int) -> None:
        asker = Asker(self._site.proxy.url, self._headers, keeps_cookies=place % 2 == 0)
        await asyncio.sleep(place * BETWEEN_S)
        while not self._stops.is_set():
            await self._one(asker)
            await asyncio.sleep(BETWEEN_S)

    async def _one(self, asker: Asker) -> None:
        question = Question(next(_numbers))
        self.tally.questions.append(question)
        await asker.ask(question)

    async def _bring(self) -> None:
        async with httpx.AsyncClient(
            base_url=self._site.proxy.url, headers=self._headers, timeout=60, trust_env=False
        ) as client:
            while not self._stops.is_set():
                upload = Upload(next(_numbers))
                self.tally.uploads.append(upload)
                client.cookies.clear()
                began = time.monotonic()
                await _brought(client, upload)
                upload.took_s = time.monotonic() - began
                await asyncio.sleep(UPLOAD_EVERY_S)

    async def _read_all(self) -> None:
        """Wait until the files are read that were taken."""
        until = time.monotonic() + READ_WITHIN_S
        async with httpx.AsyncClient(
            base_url=self._site.proxy.url, headers=self._headers, timeout=60, trust_env=False
        ) as client:
            for upload in self.tally.uploads:
                while upload.job_id and time.monotonic() < until:
                    answer = await client.get(f"/api/jobs/{upload.job_id}")
                    upload.state = answer.json().get("state", "") if answer.status_code == httpx.codes.OK else ""
                    if upload.state in ("finished", "failed"):
                        break
                    await asyncio.sleep(PAUSE_S)

    async def _probe(self, process: Web) -> None:
        while True:
            at = time.monotonic()
            status, word, parts, took_s = await asyncio.to_thread(told, process)
            self.tally.probes.append(Probe(at, process.log.stem, status, word, tuple(parts), took_s))
            await asyncio.sleep(PROBE_EVERY_S)


async def _brought(client: httpx.AsyncClient, upload: Upload) -> None:
    """Bring a file, again where the connection was lost: with its key nothing is stored twice."""
    text = f"Lamp {upload.number} of the harbour is inspected every {upload.number % 90 + 3} days by its keeper."
    files = {"file": (f"lamp {upload.number}.txt", text.encode())}
    headers, until = {"Idempotency-Key": str(uuid4())}, time.monotonic() + GIVES_UP_S
    while time.monotonic() < until:
        try:
            answer = await client.post("/api/documents", files=files, headers=headers)
            said = _json(answer)
        except (httpx.TransportError, ProxyAnswer):
            await asyncio.sleep(PAUSE_S)
            continue
        upload.status = answer.status_code
        if answer.status_code == httpx.codes.ACCEPTED:
            upload.document_id, upload.job_id = said["document"]["id"], said["job"]["job_id"]
            return
        upload.said = said.get("message", "")
        if answer.status_code != httpx.codes.CONFLICT:  # while the first try is still running
            return
        await asyncio.sleep(PAUSE_S)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise ProxyAnswer(f"{answer.status_code}") from None
