"""Asks questions as people would of real documents, through the whole pipeline without a language model, and prints the answers.

Usage: python -m evals.asked QUESTIONS [DATA] [--work FOLDER] [--only WORD]
QUESTIONS is a text file with a question a line; ``# title`` before a question makes documents with that in their title its scope, until the
next such line. DATA (default: ../shared/data) has ``docs`` (files of many kinds) and ``qa/sourcegraph-handbook``, of which the pages that
answer its questions and every fifth of the others are read. What was parsed is kept in the work folder. People rate what is printed:
useful, half (the answer is there, with other things or not all of it), useless, wrong.
"""

import argparse
import asyncio
import json
import pickle
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.access import SearchScope
from core.errors import FootnoteError
from core.settings import ParserSettings, RetrievalSettings
from evals.chunking_sets import Document, handbook
from evals.corpus import LIBRARY, SCOPE
from evals.indexes import cached_embeddings, chunks_of, open_index
from evals.starters import Library
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from rag.events import Citations, Done, Refused, Searching
from rag.index.live import IndexVersion, LiveIndex
from rag.pipeline import RagPipeline
from rag.writing.writer import AnswerWriter

LARGEST_BYTES = 700_000  # of a file
READ = ("text",)  # what the manifest expects of a file; recognising text takes minutes


async def documents(data: Path, work: Path) -> list[Document]:
    """The handbook's pages and the files, parsed."""
    kept = work / "asked.pickle"
    if kept.exists():
        known: list[Document] = pickle.loads(kept.read_bytes())  # our own
        return known
    listed = [json.loads(line) for line in (data / "docs" / "manifest.jsonl").read_text().splitlines()]
    paths = [data / "docs" / one["path"] for one in listed if one["expected"] in READ]
    found, sandbox = list(handbook(data, is_whole=False).documents), Sandbox(ParserSettings())
    await sandbox.start()
    for path in (path for path in paths if path.stat().st_size <= LARGEST_BYTES):
        content = path.read_bytes()
        with suppress(FootnoteError):
            kind = sniff(content[:HEAD_BYTES], content[-TAIL_BYTES:], path.name)
            found.append(Document(path.name, [section async for section in sandbox.parse(path, kind)], {}))
    await sandbox.close()
    found = list({document.title: document for document in found}.values())
    kept.write_bytes(pickle.dumps(found))
    return found


def questions(path: Path) -> Iterator[tuple[str, str]]:
    """Each question with the title that limits it, mostly empty."""
    title = ""
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            title = line.lstrip("# ").strip()
        elif line.strip():
            yield line.strip(), title


class Asking:
    """The product's engine on all documents."""

    def __init__(self, pipeline: RagPipeline, library: Library) -> None:
        self._pipeline = pipeline
        self._library = library

    async def answer(self, question: str, title: str) -> str:
        """The answer for people: its kind, its text, the documents that it cites."""
        named = frozenset(key for key, name in await self._library.titles() if title and title.lower() in name.lower())
        scope = SearchScope(frozenset([LIBRARY]), named) if named else SCOPE
        library = self._library.within(scope.document_ids)
        lines, began = list[str](), time.perf_counter()
        async for event in self._pipeline.stream(question, (), scope, corpus=lambda _number: library):
            match event:
                case Searching(question_kind=kind):
                    lines.append(f"[{kind}]")
                case Citations(answer=text, citations=citations):
                    lines.append(text)
                    lines += [f"  [{one.number}] {one.chunk.title} p. {one.chunk.page or '-'}" for one in citations]
                case Done(notice=notice) if notice:
                    lines.append(f"({notice})")
                case Refused(message=message, nearest=nearest):
                    lines.append(f"REFUSED: {message} Nearest: {', '.join(one.title for one in nearest)}")
        return "\n".join([*lines, f"({time.perf_counter() - began:.1f} s)"])


async def _run(arguments: argparse.Namespace) -> None:
    embeddings = cached_embeddings(arguments.work)
    parsed = [
        one
        for one in await documents(arguments.data, arguments.work)
        if arguments.documents.lower() in one.title.lower()
    ]
    async with open_index(parsed, embeddings) as index:
        cut = [chunks for document in parsed if (chunks := await chunks_of(document, embeddings))]
        live = LiveIndex(IndexVersion(1, embeddings, index))
        asking = Asking(RagPipeline(live, AnswerWriter(None), RetrievalSettings()), Library(cut))
        for number, (question, title) in enumerate(questions(arguments.questions), start=1):
            if arguments.only.lower() in question.lower():
                of = f" (of {title})" if title else ""
                print(f"\n=== {number}. {question}{of}\n{await asking.answer(question, title)}", flush=True)
    embeddings.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    parser.add_argument("--documents", default="", help="read only those that have this in their title")
    parser.add_argument("--only", default="", help="ask those that have this in them")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
