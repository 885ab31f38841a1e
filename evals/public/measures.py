"""What is measured on each public set: name of the figure → value, 0 to 1 (words: a count)."""

import statistics
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from core.access import SearchScope
from evals.corpus import LIBRARY, document_id
from evals.public.answering import Answer, Answering, answering, is_sentence, says_one_of
from evals.public.sets import airline_lines, csv_document, document, rows, table_document
from evals.retrieval import Evaluation
from evals.retrieval_sets import collection
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.points import says
from rag.types import Turn

Figures = dict[str, float]
T = TypeVar("T")
ANSWERABLE, UNANSWERABLE = ("ANSWERABLE", "PARTIAL"), ("UNANSWERABLE",)


@dataclass(frozen=True, slots=True)
class Part:
    """Which rows are measured: every ``nth``, so that a short run takes some of everything."""

    nth: int = 1

    def of(self, lines: Sequence[T]) -> Sequence[T]:
        """The rows."""
        return lines[:: self.nth]


Measure = Callable[[Path, FootnoteEmbeddings, Part], Coroutine[Any, Any, Figures]]


async def qed(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
    """Which sentence of a paragraph answers: the first of the answer, any of it."""
    lines = part.of(rows(data, "sentences/qed"))
    titles = [f"{line['title']} {number}" for number, line in enumerate(lines)]
    documents = [document(title, " ".join(line["sentences"])) for title, line in zip(titles, lines, strict=True)]
    first = found = refused = 0
    async with answering(documents, embeddings) as product:
        for title, line in zip(titles, lines, strict=True):
            answer = await product.answer(line["question"], scope=_only(title))
            gold = line["sentences"][line["gold"]]
            first += any(is_sentence(sentence, gold) for sentence in answer.sentences[:1])
            found += any(is_sentence(sentence, gold) for sentence in answer.sentences)
            refused += answer.is_refused
    count = len(lines)
    return {"gold sentence first": first / count, "gold sentence in it": found / count, "refused": refused / count}


def xquad(language: str) -> Measure:
    """The same questions in a language, each paragraph a file."""

    async def measure(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
        paragraphs = rows(data, f"sentences/xquad-{language}-paragraphs")
        questions = part.of(rows(data, f"sentences/xquad-{language}-questions"))
        async with answering([document(one["id"], one["text"]) for one in paragraphs], embeddings) as product:
            answers = [(await product.answer(one["question"]), one["answers"]) for one in questions]
        return _gold_words(answers)

    return measure


def _gold_words(answers: Sequence[tuple[Answer, Sequence[str]]]) -> Figures:
    count = len(answers)
    return {
        "gold words first": sum(says_one_of(" ".join(one.sentences[:1]), gold) for one, gold in answers) / count,
        "gold words in it": sum(says_one_of(one.text, gold) for one, gold in answers) / count,
        "refused": sum(one.is_refused for one, _ in answers) / count,
        "words": statistics.median(one.words for one, _ in answers),
    }


async def covid_qa(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
    """Long papers: is the place cited that answers, and does the answer say it?"""
    papers, questions = rows(data, "long/covidqa-documents"), part.of(rows(data, "long/covidqa-questions"))
    cited = 0
    answers: list[tuple[Answer, Sequence[str]]] = []
    async with answering([document(one["id"], one["text"]) for one in papers], embeddings) as product:
        for one in questions:
            answer = await product.answer(one["question"], scope=_only(one["document"]))
            answers.append((answer, [gold["text"] for gold in one["answers"]]))
            cited += any(_is_cited(answer, gold["start"], gold["text"]) for gold in one["answers"])
    return {"right passage cited": cited / len(questions), **_gold_words(answers)}


def _is_cited(answer: Answer, start: int, text: str) -> bool:
    return any(
        citation.chunk.char_start < start + len(text) and start < citation.chunk.char_end
        for citation in answer.citations
    )


async def mtrag(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
    """Conversations: is refused what the passages do not answer, and only that? Questions that lack something are left out."""
    lines = [
        one for one in part.of(rows(data, "refusals/mtrag-un")) if one["answerability"] in ANSWERABLE + UNANSWERABLE
    ]
    outcomes: dict[bool, list[bool]] = {True: [], False: []}
    documents = {str(text): document(str(text), str(text)) for one in lines for text in _texts(one)}
    async with answering(list(documents.values()), embeddings) as product:
        for one in lines:
            *earlier, question = one["turns"]
            scope = SearchScope(frozenset([LIBRARY]), frozenset(document_id(text) for text in _texts(one)))
            answer = await product.answer(question["text"], _turns(earlier), scope)
            outcomes[one["answerability"] in ANSWERABLE].append(not answer.is_refused)
    answered, refused = statistics.fmean(outcomes[True]), 1 - statistics.fmean(outcomes[False])
    return {"answered": answered, "refused": refused, "balanced accuracy": (answered + refused) / 2}


def _texts(line: dict[str, Any]) -> list[str]:
    return [one if isinstance(one, str) else one["text"] for one in line["contexts"]]


def _turns(turns: Iterable[dict[str, str]]) -> list[Turn]:
    """Question and answer in pairs."""
    pairs: list[Turn] = []
    question = ""
    for turn in turns:
        if turn["by"] == "user":
            question = turn["text"]
        elif question:
            pairs.append(Turn(question=question, answer=turn["text"]))
            question = ""
    return pairs


async def ramdocs(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
    """Documents that contradict each other: are all answers named that good documents give?"""
    lines = part.of(rows(data, "conflicts/ramdocs"))
    titles = {
        number: [f"{number}-{place}" for place in range(len(line["documents"]))] for number, line in enumerate(lines)
    }
    documents = [
        document(title, one["text"])
        for number, line in enumerate(lines)
        for title, one in zip(titles[number], line["documents"], strict=True)
    ]
    named = several = one_of = 0
    async with answering(documents, embeddings) as product:
        for number, line in enumerate(lines):
            answer = await product.answer(line["question"], scope=_only(*titles[number]))
            one_of += says_one_of(answer.text, line["gold_answers"])
            if len(line["gold_answers"]) > 1:
                several += 1
                named += all(says(answer.text, gold) for gold in line["gold_answers"])
    return {"one right answer": one_of / len(lines), "all of several answers": named / max(1, several)}


async def wiki_tables(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
    """Look-ups, counts and sums over CSV files."""
    questions = part.of(rows(data, "tables/wikitables-questions"))
    files = [
        csv_document(path.name, path.read_bytes()) for path in sorted((data / "public/tables/wikitables").glob("*.csv"))
    ]
    async with answering(files, embeddings) as product:
        return await _on_tables(product, [(one["question"], one["table"], one["answer"]) for one in questions])


async def ait_qa(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
    """Tables with nested heads."""
    questions = part.of(rows(data, "tables/aitqa-questions"))
    tables = [table_document(one["id"], airline_lines(one)) for one in rows(data, "tables/aitqa-tables")]
    async with answering(tables, embeddings) as product:
        return await _on_tables(product, [(one["question"], one["table_id"], one["answers"]) for one in questions])


async def _on_tables(product: Answering, questions: Sequence[tuple[str, str, Sequence[str]]]) -> Figures:
    first = found = refused = 0
    for question, table, gold in questions:
        answer = await product.answer(question, scope=_only(table))
        first += all(says(" ".join(answer.sentences[:1]), one) for one in gold)
        found += all(says(answer.text, one) for one in gold)
        refused += answer.is_refused
    count = len(questions)
    return {"gold in the first line": first / count, "gold in it": found / count, "refused": refused / count}


def _only(*titles: str) -> SearchScope:
    return SearchScope(frozenset([LIBRARY]), frozenset(map(document_id, titles)))


async def scifact(data: Path, embeddings: FootnoteEmbeddings, part: Part) -> Figures:
    """Abstracts that settle a claim: all 300 questions, hybrid search."""
    test_set = await collection(data / "ir" / "scifact", embeddings)
    _, kinds = await Evaluation(embeddings, None).scores(test_set)
    return {"nDCG@10": statistics.fmean(part.of(kinds["hybrid"].ndcg))}


MEASURES: dict[str, Measure] = {
    "qed": qed,
    **{f"xquad-{language}": xquad(language) for language in ("en", "de", "vi", "th", "zh", "ar")},
    "covidqa": covid_qa,
    "mtrag-un": mtrag,
    "ramdocs": ramdocs,
    "wikitables": wiki_tables,
    "aitqa": ait_qa,
    "scifact": scifact,
}
