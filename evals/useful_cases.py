"""Questions with what the retrieval finds for them and what answers them: the cases that sentence choice is fitted and measured on.

The retrieval is the product's, in memory, on default settings. What it finds is cached in the work folder, so that a change of the
choice of sentences is measured in seconds; delete the folder after a change of parsing, chunking or retrieval.
"""

import json
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from core.access import SearchScope
from core.settings import RetrievalSettings
from evals.chunking_sets import Document, handbook
from evals.corpus import LIBRARY, SCOPE, document_id
from evals.indexes import open_index
from evals.public.answering import is_sentence, says_one_of
from evals.public.sets import document, rows
from evals.quoting import contains
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.retrieval.query import search_queries
from rag.retrieval.retriever import Retriever
from rag.types import Chunk, Source

LANGUAGES = ("en", "de", "vi", "th", "zh", "ar")
HELD_OUT_OF = 4  # one of so many questions is held out
Kind = Literal["section", "sentence", "words", "place"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what answers it.

    Attributes:
        gold: texts: the section that answers, the sentence, or the words; any one of them is enough.
        documents: titles of the documents that answer; empty where that does not count.
        scope: titles of the documents that are searched; empty: all.
        starts: offsets of the gold texts in their document, for ``place``; empty for others.
    """

    id: str
    kind: Kind
    text: str
    gold: tuple[str, ...]
    documents: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()

    @property
    def is_held_out(self) -> bool:
        """True for the part that nothing is fitted on."""
        return sha256(self.id.encode()).digest()[0] % HELD_OUT_OF == 0

    def is_answered_by(self, sentence: str, chunk: Chunk) -> bool:
        """True when a sentence of a chunk answers the question."""
        if self.documents and chunk.title not in self.documents:
            return False
        if self.kind == "section":
            return not self.gold or any(contains(gold, sentence) for gold in self.gold)
        if self.kind == "sentence":
            return any(is_sentence(sentence, gold) for gold in self.gold)
        return says_one_of(sentence, self.gold)

    def is_place_of(self, chunk: Chunk) -> bool:
        """True when a chunk has the place that answers."""
        return any(
            chunk.char_start < start + len(gold) and start < chunk.char_end
            for start, gold in zip(self.starts, self.gold, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the sources that the retrieval finds; none when it is refused."""

    question: Question
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents and questions on them."""

    documents: Sequence[Document]
    questions: Sequence[Question]


def handbook_set(data: Path) -> QuestionSet:
    """Employees' questions on a handbook: all pages that answer one and every fifth of the others. Five questions have no section."""
    folder = data / "qa" / "sourcegraph-handbook"
    lines = [
        json.loads(line) for name in ("faq", "kite") for line in (folder / f"{name}.jsonl").read_text().splitlines()
    ]
    questions = [
        Question(
            one["id"],
            "section",
            one["question"],
            (one["answer"],) if "doc" in one else (),
            (one["doc"],) if "doc" in one else tuple(one["docs"]),
        )
        for one in lines
    ]
    return QuestionSet(handbook(data, is_whole=False).documents, questions)


def qed_set(data: Path) -> QuestionSet:
    """Which sentence of a paragraph answers."""
    lines = rows(data, "sentences/qed")
    titles = [f"{line['title']} {number}" for number, line in enumerate(lines)]
    documents = [document(title, " ".join(line["sentences"])) for title, line in zip(titles, lines, strict=True)]
    questions = [
        Question(f"qed {line['id']}", "sentence", line["question"], (line["sentences"][line["gold"]],), scope=(title,))
        for title, line in zip(titles, lines, strict=True)
    ]
    return QuestionSet(documents, questions)


def xquad_set(language: str) -> Callable[[Path], QuestionSet]:
    """The same questions in a language, each paragraph a file."""

    def read(data: Path) -> QuestionSet:
        paragraphs = rows(data, f"sentences/xquad-{language}-paragraphs")
        questions = [
            Question(one["id"], "words", one["question"], tuple(one["answers"]))  # one id in all languages
            for one in rows(data, f"sentences/xquad-{language}-questions")
        ]
        return QuestionSet([document(one["id"], one["text"]) for one in paragraphs], questions)

    return read


def covid_set(data: Path) -> QuestionSet:
    """Long papers."""
    questions = [
        Question(
            f"covid {one['document']} {one['question']}",
            "place",
            one["question"],
            tuple(gold["text"] for gold in one["answers"]),
            scope=(one["document"],),
            starts=tuple(gold["start"] for gold in one["answers"]),
        )
        for one in rows(data, "long/covidqa-questions")
    ]
    return QuestionSet([document(one["id"], one["text"]) for one in rows(data, "long/covidqa-documents")], questions)


SETS: dict[str, Callable[[Path], QuestionSet]] = {
    "handbook": handbook_set,
    "qed": qed_set,
    "covidqa": covid_set,
    **{f"xquad-{language}": xquad_set(language) for language in LANGUAGES},
}


async def cases(
    name: str,
    data: Path,
    work: Path,
    embeddings: FootnoteEmbeddings,
    sets: Mapping[str, Callable[[Path], QuestionSet]] = SETS,
) -> list[Case]:
    """The cases of a set."""
    file = work / f"cases-{name}-{embeddings.name}.pickle"
    if file.exists():
        cached: list[Case] = pickle.loads(file.read_bytes())  # our own
        return cached
    question_set = sets[name](data)
    settings, found = RetrievalSettings(), []
    async with open_index(question_set.documents, embeddings) as index:
        retriever = Retriever(embeddings, index, settings)
        for question in question_set.questions:
            queries = await search_queries(question.text, (), None, settings)
            documents = frozenset(map(document_id, question.scope))
            scope = SearchScope(frozenset([LIBRARY]), documents) if documents else SCOPE
            result = await retriever.find(queries.query, scope, further=queries.further)
            found.append(Case(question, result.sources))
    file.write_bytes(pickle.dumps(found))
    return found


def held_out(all_cases: Sequence[Case], *, is_held_out: bool) -> Iterator[Case]:
    """The part of the cases that is held out, or the other."""
    return (case for case in all_cases if case.question.is_held_out is is_held_out)
