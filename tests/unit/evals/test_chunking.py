"""What the comparison of the ways of cutting counts, keeps and draws."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from evals.chart import bars
from evals.chunking import STRATEGIES
from evals.chunking_scores import page_scores, passage_scores
from evals.chunking_sets import Document, Question, handbook, passages
from evals.corpus import document_id
from evals.vectors import CachedEmbeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.types import Chunk
from tests.chunks import chunk

TEXT = Document("a.md", [], {1: 1000})
OTHER = Document("b.md", [], {1: 0})


def run(start: int, end: int, document: Document = TEXT) -> Chunk:
    """A chunk of the first section."""
    return chunk("x" * (end - start), document_id=document_id(document.title), title=document.title, start=start)


def test_recall_precision_and_iou_count_characters() -> None:
    asked = [Question("?", "a.md", ((1100, 1200), (1300, 1400)))]
    ranking = [run(50, 150), run(50, 350, OTHER), run(140, 240)]
    recall, precision, iou, in_budget = passage_scores([ranking], asked, [TEXT, OTHER])
    assert recall == in_budget == pytest.approx(100 / 200)
    assert precision == pytest.approx(100 / 500)
    assert iou == pytest.approx(100 / 600)


def test_five_chunks_count_and_4000_characters_in_the_budget() -> None:
    asked = [Question("?", "a.md", ((1000, 1100), (6000, 6100)))]
    ranking = [run(5000, 5100), *(run(100 + number, 101 + number) for number in range(4)), run(0, 100)]
    recall, _, _, in_budget = passage_scores([ranking], asked, [TEXT])
    assert (recall, in_budget) == (0.5, 1.0)
    long = [run(1000, 4950), run(0, 100)]
    assert passage_scores([long], asked, [TEXT])[3] == pytest.approx(50 / 200)


def test_pages_are_ranked_by_their_best_chunk() -> None:
    asked = [Question("?", "b.md"), Question("?", "b.md")]
    rankings = [[run(0, 9), run(9, 18), run(0, 9, OTHER)], [run(0, 9)]]
    ndcg, found = page_scores(rankings, asked)
    assert ndcg == pytest.approx((0.6309 + 0) / 2, abs=1e-4)
    assert found == 0.5


async def test_vectors_are_asked_for_once(tmp_path: Path, embeddings: FootnoteEmbeddings) -> None:
    texts = ["One text.", "Another text.", "One text."]
    first = CachedEmbeddings(embeddings, tmp_path)
    made = await first.aembed_documents(texts)
    first._file.execute("UPDATE vectors SET vector = zeroblob(length(vector))")
    assert made[0] == made[2] != made[1]
    assert not any(map(any, await first.aembed_documents(texts)))
    assert any((await first.aembed_documents(["A new text."]))[0])


def test_the_chart_is_a_picture_with_every_name() -> None:
    picture = ElementTree.fromstring(bars([("a < b", (0.5, 1.0)), ("c", (0.1, 0.2))], ("one", "two"), "c"))
    names = {element.text: element.get("font-weight") for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"a < b", "c", "one", "two", "0.500"} <= set(names)
    assert (names["a < b"], names["c"]) == (None, "bold")


def test_every_way_can_be_set() -> None:
    assert len({str(way) for way in STRATEGIES}) == len(STRATEGIES)
    assert {way.settings.strategy for way in STRATEGIES} == {"recursive", "sliding", "structure", "semantic"}


@pytest.mark.shared
def test_the_sets_are_what_they_are_said_to_be(shared_data: Path) -> None:
    marked = passages(shared_data)
    by_title = {document.title: document for document in marked.documents}
    for document in marked.documents:
        text = (shared_data / "qa/chroma-chunking/corpora" / f"{document.title}.md").read_text()
        for section in document.sections:
            start = document.starts[section.number]
            assert section.text == text[start : start + len(section.text)]
            assert all(section.text[block.start : block.end].strip() for block in section.blocks)
    assert sum(len(section.path) for section in by_title["wikitexts"].sections)
    assert all(question.spans and question.document in by_title for question in marked.questions)
    pages = handbook(shared_data, is_whole=False)
    assert {question.document for question in pages.questions} <= {page.title for page in pages.documents}
