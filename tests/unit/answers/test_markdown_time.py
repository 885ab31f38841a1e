"""Answers are read in a time that grows with their length and not faster, whatever stands in them."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import pytest

from answers.linkifier import Linkifier, linkify
from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.grounding.check import check
from rag.grounding.markdown import Scanner, scan, without_code
from rag.grounding.marker_stream import MarkerFilter
from rag.grounding.markers import parse
from tests.conftest import MODELS

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")
PATTERNS = (
    *("`", "\\", "` `` ", "``` ", "a `b\n", "``\n> ", "~~~ a\n", "    x\n\n", "- `a\n", "> ", "> > x\n"),
    *("- ", "- - x\n", "- a\n\n", "* ", "=\n", "|", "|-|\n", "|`a|", ":-\n", "[1]`", " ", "\n", "\r"),
    *("$", "$$", "$x ", "$$\n", "\\[", "\\[\n", "\\(a", "$$x\n", "\\[x\n", "- $$ ", "$`", "\\[x\\] "),
)
TIMES = 8
MOST_GROWTH = (
    5 * TIMES
)  # one whose time grows with the square needs TIMES times TIMES as long; a busy machine, 3 times TIMES now and then
UNNOTICED_S = 0.01

pytestmark = pytest.mark.no_cover  # it would be measured with


class Stream(Protocol):
    def feed(self, piece: str) -> object: ...


def one_by_one(make: Callable[[], Stream]) -> Callable[[str], object]:
    def run(text: str) -> None:
        stream = make()
        for char in text:
            stream.feed(char)

    return run


def checked(text: str) -> object:
    """Without sources, nothing is compared by meaning: the model need not be loaded."""
    return asyncio.run(check(text, {}, build_embeddings(EmbeddingSettings(), MODELS)))


READERS: dict[str, tuple[Callable[[str], object], int]] = {
    "scan": (scan, 16_000),
    "without_code": (without_code, 8_000),
    "parse": (parse, 8_000),
    "linkify": (lambda text: linkify(text, RUN), 8_000),
    "check": (checked, 8_000),
    "Scanner": (one_by_one(Scanner), 8_000),
    "Linkifier": (one_by_one(lambda: Linkifier(RUN)), 8_000),
    "MarkerFilter": (one_by_one(lambda: MarkerFilter({1})), 8_000),
}


def cost_s(run: Callable[[str], object], text: str) -> float:
    """Computing time."""
    started = time.thread_time()
    run(text)
    return time.thread_time() - started


def growth(run: Callable[[str], object], pattern: str, length: int) -> float:
    """How many times as long the text takes as an eighth of it; the least of three tries on a busy machine."""
    least = float("inf")
    for _ in range(3):
        long_s = cost_s(run, (pattern * length)[:length])
        if long_s < UNNOTICED_S:
            return 1.0
        short_s = min(cost_s(run, (pattern * length)[: length // TIMES]) for _ in range(3))
        least = min(least, long_s / max(short_s, 1e-4))
        if least < MOST_GROWTH:
            break
    return least


@pytest.mark.parametrize("name", READERS)
def test_a_long_answer_takes_its_length(name: str) -> None:
    run, length = READERS[name]
    slow = {pattern: grown for pattern in PATTERNS if (grown := growth(run, pattern, length)) >= MOST_GROWTH}
    assert not slow
