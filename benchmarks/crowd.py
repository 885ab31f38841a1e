"""Measures how long one person waits for the first word of an answer while many people upload a file at the same moment."""

import asyncio
import contextlib
import multiprocessing
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from benchmarks.serving import Server, people, serving, sign_in
from tests.documents import HANDBOOK, pdf

TARGET_S = 1.0  # up to here a wait does not interrupt a thought
IDLE_QUESTIONS = 60
UP_TO_S = 1800.0
PAUSE_S = 0.25  # between questions: the person reads
QUESTIONS = (
    "How many days of paid annual leave does an employee receive?",
    "How long does parental leave last?",
    "In which class are train journeys booked?",
    "Whose approval do flights need?",
    "Until when may unused days be carried over?",
    "When does the travel desk pay receipts back?",
)
WORDS = (
    "The {thing} of station {number} is inspected every {interval} days. Its keeper writes the result into book {number}, "
    "and reports whatever is worn to the workshop in hall {hall} before the end of the week."
)


@dataclass
class Crowd:
    """The results of the uploads.

    Attributes:
        statuses: HTTP status or error → count.
        brought_s, read_s: seconds until the last response, and until the last file was read.
        outcomes: end state of the job → count.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    brought_s: float = 0.0
    read_s: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)


def file_of(number: int) -> tuple[str, bytes]:
    """Name and content of a small file, different for each number: a PDF of two pages, or a text."""
    lines = [WORDS.format(thing=thing, number=number, interval=number % 90 + 3, hall=number % 7) for thing in THINGS]
    if number % 2:
        return f"station {number}.txt", "\n\n".join(lines).encode()
    return f"station {number}.pdf", pdf(["\n\n".join(lines[:4]), "\n\n".join(lines[4:])])


THINGS = ("mast", "lamp", "generator", "boiler", "antenna", "pump", "fence", "clock")


async def first_token_ms(client: httpx.AsyncClient, question: str) -> float:
    """Milliseconds from the question to the first word of its answer.

    Raises:
        RuntimeError: there was no answer.
    """
    started = time.perf_counter()
    async with client.stream("POST", "/api/chat/stream", json={"question": question, "store": False}) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line == "event: token":
                return (time.perf_counter() - started) * 1000
    raise RuntimeError(f"There was no answer to: {question}")


async def _bring_all(url: str, headers: list[dict[str, str]]) -> Crowd:
    crowd, started = Crowd(), time.monotonic()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=300, limits=limits) as client:

        async def one(number: int) -> tuple[str, dict[str, str]] | None:
            try:
                sent = await client.post("/api/documents", files={"file": file_of(number)}, headers=headers[number])
            except httpx.HTTPError as error:
                crowd.statuses[type(error).__name__] += 1
                return None
            crowd.statuses[str(sent.status_code)] += 1
            crowd.brought_s = time.monotonic() - started
            return (sent.json()["job"]["job_id"], headers[number]) if sent.status_code == 202 else None

        jobs = await asyncio.gather(*(one(number) for number in range(len(headers))))
        for job_id, who in filter(None, jobs):  # one after the other: polling is not measured
            crowd.outcomes[await _end_of(client, job_id, who, started + UP_TO_S)] += 1
        crowd.read_s = time.monotonic() - started
    return crowd


async def _end_of(client: httpx.AsyncClient, job_id: str, headers: dict[str, str], until: float) -> str:
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):  # a connection may be closed just when it is used again
            state = (await client.get(f"/api/jobs/{job_id}", headers=headers)).json()["state"]
            if state not in ("queued", "started"):
                return str(state)
        await asyncio.sleep(1)
    return "not yet"


def _bring_in_a_process(url: str, headers: list[dict[str, str]], results: "multiprocessing.Queue[Crowd]") -> None:
    results.put(asyncio.run(_bring_all(url, headers)))


async def _prepare(client: httpx.AsyncClient) -> None:
    """Uploads the document that the person asks about, and waits until it is read."""
    sent = await client.post("/api/documents", files={"file": ("handbook.pdf", HANDBOOK)})
    sent.raise_for_status()
    assert await _end_of(client, sent.json()["job"]["job_id"], {}, time.monotonic() + UP_TO_S) == "finished"
    for question in QUESTIONS:  # warm-up
        await first_token_ms(client, question)


async def _run(server: Server, users: int) -> tuple[list[float], list[tuple[float, float]], Crowd]:
    """The idle waits; (seconds since the uploads began, wait) during them; their results. Waits are in milliseconds."""
    headers = await people(server, users)
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        client.headers.update(await sign_in(client, "admin"))
        await _prepare(client)
        idle = []
        for number in range(IDLE_QUESTIONS):
            idle.append(await first_token_ms(client, QUESTIONS[number % len(QUESTIONS)]))
            await asyncio.sleep(PAUSE_S)
        results: multiprocessing.Queue[Crowd] = multiprocessing.Queue()
        crowd = multiprocessing.Process(target=_bring_in_a_process, args=(server.url, headers, results))
        started = time.monotonic()
        busy: list[tuple[float, float]] = []
        crowd.start()
        while crowd.is_alive() and results.empty():
            at = time.monotonic() - started
            busy.append((at, await first_token_ms(client, QUESTIONS[len(busy) % len(QUESTIONS)])))
            await asyncio.sleep(PAUSE_S)
        outcome = await asyncio.to_thread(results.get, timeout=10)
        crowd.join()
    return idle, busy, outcome


def percentile(values: list[float], percent: int) -> float:
    """A percentile of at least one value."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _row(name: str, values: list[float]) -> None:
    if values:
        print(f"{name:<34}{len(values):>10}{percentile(values, 50):>10.0f}{percentile(values, 95):>10.0f}")


def measure(users: int) -> bool:
    """Prints the waits of the person, idle and during the uploads; True when the target is met."""
    with serving(FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE="10000") as server:
        idle, busy, crowd = asyncio.run(_run(server, users))
    arriving = [wait for at, wait in busy if at <= crowd.brought_s]
    print(f"{users} people bring a file each, at once: {dict(crowd.statuses)}; read: {dict(crowd.outcomes)}")
    print(f"all brought after {crowd.brought_s:.1f} s, all read after {crowd.read_s:.0f} s\n")
    print(f"{'first token, in ms':<34}{'questions':>10}{'p50':>10}{'p95':>10}")
    _row("nobody else there", idle)
    _row("while files arrive", arriving)
    _row("until the last is read", [wait for _, wait in busy])
    p95 = percentile([wait for _, wait in busy], 95)
    is_met = p95 <= TARGET_S * 1000 and crowd.statuses == {"202": users} and crowd.outcomes == {"finished": users}
    print(
        f"\nTarget: all accepted and read, p95 ≤ {TARGET_S:.0f} s: {'met' if is_met else 'MISSED'} "
        f"({p95:.0f} ms, {p95 / percentile(idle, 95):.1f} × the idle p95)"
    )
    return is_met
