"""What the strategies of cutting are measured on: documents as sections, questions, and where their answers stand."""

import csv
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from parsing.types import Block, Section

from core.errors import DocumentUnreadable
from evals.corpus import lines

WANTED_CHARS, MOST_CHARS = 1500, 6000  # of a section, as the parsers have it
WIKI_HEADING = re.compile(r" ((?:= )+)(.+?) (?:= ?)+\n?")
LINE = re.compile(r"[^\n]*\S[^\n]*\n?")
EVERY_NTH = 5  # of the pages that answer no question: enough to be in the way
QUIET = {"DO_NOT_TRACK": "1", "SCARF_NO_ANALYTICS": "true", "UNSTRUCTURED_DISABLE_NOTICE": "1"}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Document:
    """A text, cut into sections; ``starts`` says by number where in the text a section begins, where that is known."""

    title: str
    sections: list[Section]
    starts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """``spans`` are the runs of the document's text that answer it; empty where the document alone is known."""

    text: str
    document: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents and the questions on them."""

    documents: list[Document]
    questions: list[Question]


def passages(data: Path) -> QuestionSet:
    """Three long texts (``qa/chroma-chunking``), with questions and the exact runs that answer them."""
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
    from parsing import registry  # brings in unstructured, which must have been told

    registry.warm_up()
    for name in names:
        with suppress(DocumentUnreadable):  # some pages are empty
            yield Document(name, list(registry.parse(root / name, "text/markdown", lambda _done, _total: None)), {})


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
    """Blocks with the headings above them, a section at a time."""
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
    """Lines: in these texts each is a paragraph, or a heading between equals signs."""
    for line in LINE.finditer(text):
        mark = WIKI_HEADING.fullmatch(line[0])
        level = len(mark[1].split()) if mark else 0
        yield Block(kind="heading" if mark else "paragraph", start=line.start(), end=line.end(), level=level)
