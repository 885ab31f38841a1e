"""Answers are checked without anything of Qdrant."""

import subprocess
import sys

from rag.embedding.embeddings import FootnoteEmbeddings
from tests.conftest import MODELS

CHECK = """
import asyncio, sys
from pathlib import Path

from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.grounding.check import check
from rag.grounding.passage import Passage
from tests.chunks import HANDBOOK_TEXTS, sources

embeddings = build_embeddings(EmbeddingSettings(), Path(sys.argv[1]))
embeddings.load()
answer = "You get 16 weeks of fully paid parental leave [2]. The moon is made of cheese [2]. ประเทศไทย [1]."
checked = asyncio.run(check(answer, {one.number: Passage(one) for one in sources(*HANDBOOK_TEXTS)}, embeddings))
print(checked.supported, checked.unsupported)
print(*sorted(name for name in sys.modules if "qdrant" in name.split(".")[0]))
"""


def test_an_answer_is_checked_without_qdrant(embeddings: FootnoteEmbeddings) -> None:
    """In a process of its own, with the real model; the fixture has prepared that."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(MODELS)], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[-2:] == ["1 2", ""]
