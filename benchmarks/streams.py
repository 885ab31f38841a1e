"""Measures what answers that stream cost, and how many can at once, beside a bare event stream in the same run.

Usage: python -m benchmarks.streams [--crowd 200] [--answers 20]

The model is a stand-in with 100 tokens, 20 ms apart (``benchmarks.token_server``): an answer takes two seconds at best. It prints CPU
seconds and the load average, figures last, and exits with 1 where a target is missed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from benchmarks.crowd import QUESTIONS, percentile
from benchmarks.installation import Program, free_port, wait_for
from benchmarks.serving import Server, people, serving, sign_in
from benchmarks.statements import of_a_stored_question
from benchmarks.token_server import PAUSE_S, TOKENS
from tests.documents import HANDBOOK

IDEAL_S = TOKENS * PAUSE_S
MOST_LOOKS = 3000  # for a document that is read
MOST_SHOWN = 200  # characters of an event that ended a stream without an answer
FEW = 20  # tokens of the shorter answers, from which the cost of one token follows
TARGETS = {
    "CPU of an answer, ms, without its tokens": 30.0,
    "CPU of a token, ms": 0.08,
    "SQL statements of a stored question": 30.0,
    "SQL transactions of a stored question": 6.0,
    "crowd: first token p95, s": 6.0,
    "crowd: finish p95 ÷ ideal": 4.0,
    "crowd: errors": 0.0,
    "first question after ready ÷ later ones": 1.5,
}


@dataclass
class Waits:
    """Seconds until the first token and until the end of each stream; how many were refused an answer; what failed, by kind."""

    first: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    refused: int = 0


async def follow(client: httpx.AsyncClient, request: httpx.Request, waits: Waits) -> None:
    """Reads one stream to its end."""
    began, first = time.monotonic(), 0.0
    try:
        answer = await client.send(request, stream=True)
        if answer.status_code != httpx.codes.OK:
            waits.errors[str(answer.status_code)] += 1
            return await answer.aclose()
        kind = data = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
                first = first or (time.monotonic() - began if kind == "token" else 0.0)
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
        if kind == "refused":  # the number behind the question may make another question of it
            waits.refused += 1
            return None
        if not first or kind == "error":
            waits.errors[f"ended with {kind or 'nothing'}: {data[:MOST_SHOWN]}"] += 1
            return None
    except httpx.HTTPError as error:
        waits.errors[type(error).__name__] += 1
        return None
    waits.first.append(first)
    waits.end.append(time.monotonic() - began)
    return None


@asynccontextmanager
async def a_client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with as many connections as it likes."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=300, limits=limits, trust_env=False) as client:
        yield client


def asked(client: httpx.AsyncClient, number: int, headers: dict[str, str]) -> httpx.Request:
    """A question that is stored; no two have the same words, so that nothing is cached."""
    body = {"question": f"{QUESTIONS[number % len(QUESTIONS)]} ({number})", "fresh": True}
    return client.build_request("POST", "/api/chat/stream", json=body, headers=headers)


async def bring(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """Uploads what is asked about, and waits until it is read."""
    sent = await client.post("/api/documents", files={"file": ("handbook.pdf", HANDBOOK)}, headers=headers)
    job = f"/api/jobs/{sent.raise_for_status().json()['job']['job_id']}"
    for _ in range(MOST_LOOKS):
        if (await client.get(job, headers=headers)).json()["state"] not in ("queued", "started"):
            return
        await asyncio.sleep(0.2)
    raise RuntimeError("The document was not read.")


def cpu_s(server: Server) -> float:
    """CPU seconds of the server process so far, without PostgreSQL and Redis."""
    assert server.process is not None
    times = psutil.Process(server.process.pid).cpu_times()
    return float(times.user + times.system)


async def cost(server: Server, answers: int) -> tuple[float, float]:
    """CPU seconds of one answer, asked alone, on average; and how many times longer the first question after ready took."""
    async with a_client(server.url) as client:
        headers = await sign_in(client, "admin")
        await bring(client, headers)
        waits = Waits()
        for number in range(answers + 1):
            if number == 1:
                before = cpu_s(server)
            await follow(client, asked(client, number, headers), waits)
        assert not waits.errors, waits.errors
        used = (cpu_s(server) - before) / answers
    return used, waits.first[0] / percentile(waits.first[1:], 50)


async def crowd(server: Server, count: int) -> Waits:
    """Everybody asks at the same moment."""
    everybody = await people(server, count)
    async with a_client(server.url) as client:
        for headers in everybody:
            await bring(client, headers)
        waits = Waits()
        await asyncio.gather(
            *(follow(client, asked(client, number, headers), waits) for number, headers in enumerate(everybody))
        )
    return waits


async def bare(url: str, count: int) -> Waits:
    """As many bare streams."""
    async with a_client(url) as client:
        waits = Waits()
        await asyncio.gather(*(follow(client, client.build_request("GET", "/bare"), waits) for _ in range(count)))
    return waits


def row(name: str, waits: Waits) -> None:
    """A line of the table."""
    if not waits.end:
        print(f"{name:<34}{'none finished':>12}  {dict(waits.errors)}")
        return
    print(
        f"{name:<34}{percentile(waits.first, 50):>10.2f}{percentile(waits.first, 95):>10.2f}"
        f"{percentile(waits.end, 50):>10.2f}{percentile(waits.end, 95):>10.2f}{waits.refused:>10}  {dict(waits.errors)}"
    )


def measured(count: int, answers: int) -> dict[str, float]:
    """All figures, by the names of ``TARGETS``."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        model = Program(["benchmarks.token_server", "--port", str(port)], Path(folder) / "model.log")
        model.start()
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: _answers(f"{url}/v1/models"))
            settings = {
                "FOOTNOTE_LLM_BASE_URL": f"{url}/v1",
                "FOOTNOTE_LLM_API_KEY": "x",
                "FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE": "10000",
            }
            with serving(**settings, FOOTNOTE_LLM_MODEL=f"tokens-{FEW}") as server:
                short_s, _ = asyncio.run(cost(server, answers))
            with serving(**settings, FOOTNOTE_LLM_MODEL=f"tokens-{TOKENS}") as server:
                long_s, slower = asyncio.run(cost(server, answers))
                waits = asyncio.run(crowd(server, count))
            limit = asyncio.run(bare(url, count))
            statements, transactions = asyncio.run(of_a_stored_question(f"{url}/v1"))
        finally:
            model.stop()
    print(f"\n{'seconds':<34}{'first p50':>10}{'p95':>10}{'end p50':>10}{'p95':>10}{'refused':>10}  errors")
    row(f"{count} answers at once", waits)
    row(f"{count} bare streams at once", limit)
    token_ms = (long_s - short_s) * 1000 / (TOKENS - FEW)
    return {
        "CPU of an answer, ms, without its tokens": short_s * 1000 - FEW * token_ms,
        "CPU of a token, ms": token_ms,
        "SQL statements of a stored question": statements,
        "SQL transactions of a stored question": transactions,
        "crowd: first token p95, s": percentile(waits.first, 95) if waits.first else float("inf"),
        "crowd: finish p95 ÷ ideal": (percentile(waits.end, 95) if waits.end else float("inf")) / IDEAL_S,
        "crowd: errors": float(waits.errors.total()),
        "first question after ready ÷ later ones": slower,
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def main() -> None:
    """The command line; exits with 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crowd", type=int, default=200, help="people who ask at the same moment")
    parser.add_argument("--answers", type=int, default=20, help="answers one after the other, for the CPU of one")
    arguments = parser.parse_args()
    figures = measured(arguments.crowd, arguments.answers)
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    for name, value in figures.items():
        print(f"{name:<44}{value:>8.2f}  target ≤ {TARGETS[name]:<6g} {'met' if value <= TARGETS[name] else 'MISSED'}")
    sys.exit(any(value > TARGETS[name] for name, value in figures.items()))


if __name__ == "__main__":
    main()
