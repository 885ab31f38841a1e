"""Short answers are judged by what a source says to the question (``tests/sets/short_answers.toml``)."""

import tomllib
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.check import check
from rag.pipeline import passages_of
from tests.chunks import sources

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[2] / "sets" / "short_answers.toml").read_text(encoding="utf-8")
)["case"]
LEAST_CAUGHT, LEAST_KEPT = 0.97, 0.95


async def kept(case: dict[str, Any], kind: str, embeddings: FootnoteEmbeddings) -> list[bool]:
    """For each answer of a kind whether the check keeps its number, and whether it adds one."""
    passages, found = passages_of(sources(case["source"])), []
    for answer in case[kind]:
        for text in (f"{answer[:-1]} [1].", answer):
            found.append(bool((await check(text, passages, embeddings, case["question"])).citations))
    return found


@pytest.mark.parametrize("is_held", [False, True])
async def test_wrong_short_answers_lose_their_number_and_right_ones_keep_it(
    embeddings: FootnoteEmbeddings, is_held: bool
) -> None:
    cases = [case for case in CASES if case["held"] is is_held]
    right = [one for case in cases for one in await kept(case, "right", embeddings)]
    wrong = [one for case in cases for one in await kept(case, "wrong", embeddings)]
    assert len(right) + len(wrong) >= 150
    assert fmean(right) >= LEAST_KEPT
    assert 1 - fmean(wrong) >= LEAST_CAUGHT
