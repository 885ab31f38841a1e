"""One question as a person's program asks it: a stream that is picked up again where its connection was lost."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.crowd import QUESTIONS
from benchmarks.drill_answers import events_of

GIVES_UP_S = 90.0
PAUSE_S = 0.3  # before it is tried again


@dataclass
class Question:
    """What became of one question.

    Attributes:
        began: when it was asked, as ``time.monotonic``.
        outcome: ``answered``; ``cut`` (its process died, and what it had said stands there with an offer to ask again); ``told`` (a
            sentence instead of an answer); ``lost``; empty while it is asked.
        text: the answer, checked.
        last, repeats: number of the last event that was read, and how many came twice.
        seen: the pieces of text that arrived, and when.
        requests: the seconds of each request until its end, and whether it was the rest of an answer whose process had died.
        failures: connections that broke, and answers of the proxy alone.
    """

    number: int
    began: float = 0.0
    ended: float = 0.0
    outcome: str = ""
    run_id: str = ""
    thread_id: str = ""
    text: str = ""
    said: str = ""
    mode: str = ""
    last: int = 0
    repeats: int = 0
    is_fallback: bool = False
    seen: list[tuple[float, str]] = field(default_factory=list)
    requests: list[tuple[float, bool]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The question; no two have the same words."""
        return f"{QUESTIONS[0]} (question {self.number})"

    @property
    def took_s(self) -> float:
        """Seconds until the answer, the mark or the sentence."""
        return self.ended - self.began


class ProxyAnswer(Exception):
    """The proxy answered, and not Footnote: nobody is there."""


class Asker:
    """Somebody who asks, with or without the proxy's cookie."""

    def __init__(self, url: str, headers: dict[str, str], *, keeps_cookies: bool) -> None:
        self.client = httpx.AsyncClient(base_url=url, headers=headers, timeout=GIVES_UP_S, trust_env=False)
        self._keeps_cookies = keeps_cookies

    async def ask(self, question: Question) -> None:
        """To its end, whatever that is."""
        question.began = time.monotonic()
        while not question.outcome:
            if not self._keeps_cookies:
                self.client.cookies.clear()
            try:
                await self._once(question)
            except (httpx.TransportError, ProxyAnswer) as error:
                question.failures.append(repr(error))
                if time.monotonic() - question.began > GIVES_UP_S:
                    question.outcome, question.said = "lost", repr(error)
                await asyncio.sleep(PAUSE_S)
        question.ended = time.monotonic()

    async def _once(self, question: Question) -> None:
        """Ask, or read the rest of what was asked."""
        is_rest = bool(question.run_id)
        began = time.monotonic()
        try:
            if is_rest:
                await self._read(question, "GET", f"/api/answer-runs/{question.run_id}/events")
            else:
                body = {"question": question.words, "fresh": True}
                await self._read(question, "POST", "/api/chat/stream", json=body)
        finally:
            question.requests.append((time.monotonic() - began, is_rest))

    async def _read(self, question: Question, method: str, path: str, **more: Any) -> None:
        headers = {"Last-Event-ID": str(question.last)} if question.last else {}
        async with self.client.stream(method, path, headers=headers, **more) as response:
            if response.status_code != httpx.codes.OK:
                await response.aread()
                _take_refusal(question, response)
                return
            async for number, event in events_of(response):
                question.repeats += number <= question.last
                question.last = number
                take(question, event)
        if not question.outcome:
            raise httpx.ReadError("The stream ended before the answer did.")


def _take_refusal(question: Question, response: httpx.Response) -> None:
    try:
        message = response.json()["message"]
    except (ValueError, KeyError):
        raise ProxyAnswer(f"{response.status_code} {response.text[:60]}") from None
    question.said = f"{response.status_code} {message}"
    question.outcome = "lost" if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR else "told"


def take(question: Question, event: dict[str, Any]) -> None:
    """Take note of an event."""
    match event["kind"]:
        case "started":
            question.run_id, question.thread_id = event["answer_run_id"], event["thread_id"] or ""
        case "token":
            question.seen.append((time.monotonic(), event["text"]))
        case "citations":
            question.text = event["answer"]
        case "done" | "refused":
            question.outcome, question.mode = "answered", event.get("mode") or event["kind"]
            question.is_fallback = bool(event.get("fallback_used"))
        case "error":
            question.outcome = "cut" if event.get("is_interrupted") else "told"
            question.said = event["message"]
        case "stopped":
            question.outcome = "cut"
            question.said = "stopped"
