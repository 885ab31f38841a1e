"""The data for measuring chunking strategies: documents as sections, questions, and the spans of their answers."""

import csv
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from core.errors import DocumentUnreadable, Invalid
from evals.corpus import lines
from parsing.parser_input import InMemoryFile
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Block, Section

WANTED_CHARS, MOST_CHARS = 1500, 6000  # of a section, as in the parsers
WIKI_HEADING = re.compile(r" ((?:= )+)(.+?) (?:= ?)+\n?")
LINE = re.compile(r"[^\n]*\S[^\n]*\n?")
EVERY_NTH = 5  # of the pages that answer no question: enough distractors
QUIET = {"DO_NOT_TRACK": "1", "SCARF_NO_ANALYTICS": "true", "UNSTRUCTURED_DISABLE_NOTICE": "1"}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Document:
    """A text, cut into sections; ``starts`` has the offset of each section by number, where known."""

    title: str
    sections: list[Section]
    starts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """A question; ``spans`` of the document's text answer it; empty when only the document is known."""

    text: str
    document: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents and the questions on them."""

    documents: list[Document]
    questions: list[Question]


def passages(data: Path) -> QuestionSet:
    """Three long texts (``qa/chroma-chunking``), with questions and the exact spans that answer them."""
    folder = data / "qa" / "chroma-chunking"
    documents = [_document(path) for path in sorted((folder / "corpora").glob("*.md"))]
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text().splitlines()]
    questions = [
        Question(
            row["question"], row["corpus"], tuple((ref["start_index"], ref["end_index"]) for ref in row["references"])
        )
        for row in rows
    ]
    return QuestionSet(documents, questions)


def handbook(data: Path, *, is_whole: bool) -> QuestionSet:
    """The pages of a handbook as the product parses them, with the questions of ``ir/handbook-faq`` and the page that answers each.

    Args:
        is_whole: all pages; else those that answer and every fifth of the others, in the order of their names.
    """
    folder = data / "ir" / "handbook-faq"
    with (folder / "qrels.tsv").open(newline="") as file:
        answered_by = {row["query-id"]: row["corpus-id"] for row in csv.DictReader(file, delimiter="\t")}
    questions = [Question(line["text"], answered_by[line["_id"]]) for line in lines(folder / "queries.jsonl")]
    root = data / "qa" / "sourcegraph-handbook" / "content-noheadings"
    answering = set(answered_by.values())
    names = sorted(str(path.relative_to(root)) for path in root.rglob("*.md"))
    others = [name for name in names if name not in answering][:: 1 if is_whole else EVERY_NTH]
    return QuestionSet(list(_pages(root, sorted([*answering, *others]))), questions)


def _pages(root: Path, names: Sequence[str]) -> Iterator[Document]:
    os.environ.update(QUIET)
    from parsing import registry  # imports unstructured, which must see these variables

    registry.warm_up()
    for name in names:
        with suppress(DocumentUnreadable, Invalid):  # some pages are empty
            data = (root / name).read_bytes()
            mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], name)
            yield Document(name, list(registry.parse(InMemoryFile(data), mime_type, lambda _done, _total: None)), {})


def _document(path: Path) -> Document:
    text = path.read_text()
    sections, starts = [], {}
    for number, blocks in enumerate(_grouped(text), start=1):
        start, end = blocks[0][0].start, blocks[-1][0].end
        starts[number] = start
        moved = tuple(
            block.model_copy(update={"start": block.start - start, "end": block.end - start}) for block, _ in blocks
        )
        above = [
            level[0]
            for level in takewhile(lambda level: len(set(level)) == 1, zip(*(path for _, path in blocks), strict=False))
        ]
        sections.append(Section(number=number, text=text[start:end], path=tuple(above), blocks=moved))
    return Document(path.stem, sections, starts)


def _grouped(text: str) -> Iterator[Sequence[tuple[Block, list[str]]]]:
    """The blocks of each section, with the headings above them."""
    group: list[tuple[Block, list[str]]] = []
    headings: list[str] = []
    for block in _blocks(text):
        length = block.end - group[0][0].start if group else 0
        if length > MOST_CHARS or (block.kind == "heading" and length >= WANTED_CHARS):
            yield group
            group = []
        if block.kind == "heading":
            headings = [*headings[: block.level - 1], text[block.start : block.end].strip(" =\n")]
        group.append((block, headings))
    yield group


def _blocks(text: str) -> Iterator[Block]:
    """The blocks of a text: each line is a paragraph, or a heading between equals signs."""
    for line in LINE.finditer(text):
        mark = WIKI_HEADING.fullmatch(line[0])
        level = len(mark[1].split()) if mark else 0
        yield Block(kind="heading" if mark else "paragraph", start=line.start(), end=line.end(), level=level)
