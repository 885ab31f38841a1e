"""Typos are mended by what was found, and by nothing else."""

import pytest

from rag.retrieval.candidates import Candidate
from rag.retrieval.typos import mended
from tests.chunks import chunk

FOUND = [Candidate(chunk("Planning to go on parental leave? The benefits are listed below."), ((0, 0.5),))]


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("wat are the benfits for parentl leave", "wat are the benefits for parental leave"),
        ("what are the benefits for parental leave", "what are the benefits for parental leave"),
        ("project 17", "project 17"),  # numbers are never typos
        ("Wat are the zebras of leaves", "Wat are the zebras of leaves"),
        ("levae", "leave"),  # two letters changed places
    ],
)
def test_typos_are_mended(query: str, meant: str) -> None:
    assert mended(query, FOUND) == meant
