"""Measures whether hybrid search finds more than search by meaning or by words alone, in every language.

Usage: python -m evals.retrieval [DATA] [--only TEXT] [--documents N] [--rerank MODEL|URL] [--work FOLDER] [--results FILE] [--plot FILE]
DATA (default: ../shared/data) has ``ir/NAME`` in BEIR's layout. Documents (title and text) are cut, embedded, indexed and searched as
in the product by default; a document counts by its best chunk. Vectors are cached in the work folder: the first run embeds 57,000 chunks,
which takes an hour on one idle core. Without --only, the figures are written to files and compared with those of the last run.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from core.settings import QdrantSettings, RerankSettings, RetrievalSettings
from evals.corpus import SCOPE
from evals.indexes import cached_embeddings
from evals.retrieval_report import KINDS, Measured, as_json, changes, header, line, means, write
from evals.retrieval_scores import Scores, ndcg, recall, verdicts
from evals.retrieval_sets import ENGLISH, OTHERS, Collection, collection
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, Fusion, build_index, searched_text, with_chunks
from rag.retrieval.candidates import fused
from rag.retrieval.rerank import Reranking, build_reranking
from rag.types import Chunk

BATCH = 512
PATIENCE_MS = 60_000  # for a reranker: this measures its order, not its speed


class Evaluation:
    """Searches collections by every kind of search.

    Args:
        reranking: None without a reranker.
    """

    def __init__(self, embeddings: FootnoteEmbeddings, reranking: Reranking | None) -> None:
        self._embeddings = embeddings
        self._reranking = reranking
        self._settings = RetrievalSettings()

    async def scores(self, test_set: Collection) -> tuple[Measured, dict[str, Scores]]:
        """The size of a collection, and the scores of each kind of search."""
        with tempfile.TemporaryDirectory() as folder:
            index = build_index(QdrantSettings(), Path(folder))
            await index.open(self._embeddings.dimension, model=self._embeddings.name)
            await self._fill(index, test_set)
            vectors = await self._embeddings.aembed_queries(list(test_set.questions.values()))
            kinds: dict[str, Scores] = {kind: Scores([], []) for kind in KINDS[: 4 if self._reranking else 3]}
            for (key, question), vector in zip(test_set.questions.items(), vectors, strict=True):
                for kind, ranking in (await self._rankings(index, question, vector)).items():
                    kinds[kind].ndcg.append(ndcg(ranking, test_set.gains[key]))
                    kinds[kind].recall.append(recall(ranking, test_set.gains[key]))
            await index.close()
        known = fmean(map(self._embeddings.language_coverage, test_set.questions.values()))
        return Measured(test_set.documents, len(test_set.chunks), len(test_set.questions), known), kinds

    async def _fill(self, index: ChunkIndex, test_set: Collection) -> None:
        for start in range(0, len(test_set.chunks), BATCH):
            batch = test_set.chunks[start : start + BATCH]
            await index.upsert(batch, await self._embeddings.aembed_documents([searched_text(one) for one in batch]))
            print(
                f"\r{test_set.name}: {start + len(batch)}/{len(test_set.chunks)} chunks ",
                end="",
                file=sys.stderr,
                flush=True,
            )
        print(file=sys.stderr)

    async def _rankings(self, index: ChunkIndex, question: str, vector: Sequence[float]) -> dict[str, list[str]]:
        settings = self._settings
        known, crosses = self._embeddings.language_coverage(question), self._embeddings.scale.crosses_languages
        hybrid = Fusion(settings.fusion, settings.dense_weight, known, crosses)
        rankings = {}
        for kind, fusion in zip(KINDS, (Fusion("bm25"), Fusion("dense"), hybrid), strict=False):
            results = await index.search(question, vector, SCOPE, top_k=settings.top_k, fusion=fusion)
            hits = await with_chunks(index, results)
            rankings[kind] = _documents([hit.chunk for hit in hits])
        if self._reranking is not None:
            reranked = await self._reranking.ordered(question, fused([hits]), {})
            rankings[KINDS[3]] = _documents([one.chunk for one in reranked])
        return rankings


def _documents(chunks: Sequence[Chunk]) -> list[str]:
    """The documents, ranked by their best chunk."""
    return list(dict.fromkeys(chunk.title for chunk in chunks))


async def _run(arguments: argparse.Namespace) -> dict[str, Any]:
    embeddings = cached_embeddings(arguments.work, arguments.model)
    reranking = _reranking(arguments.rerank)
    if reranking is not None:
        await reranking.load()
    evaluation = Evaluation(embeddings, reranking)
    sets: dict[str, Measured] = {}
    table: dict[str, dict[str, Scores]] = {}
    print(header())
    for name in (*ENGLISH, *OTHERS):
        if arguments.only in name:
            test_set = await collection(arguments.data / "ir" / name, embeddings, arguments.documents)
            sets[name], table[name] = await evaluation.scores(test_set)
            print(line(name, sets[name], table), flush=True)
    print(means(table) if any(name in ENGLISH for name in table) else "")
    embeddings.close()
    settings = RetrievalSettings()
    configuration = {
        "model": embeddings.name,
        "rerank": arguments.rerank,
        "documents": arguments.documents or "all",
    } | settings.model_dump(include={"top_k", "fusion", "dense_weight"})
    return as_json(table, sets, configuration, verdicts(table))


def _reranking(source: str | None) -> Reranking | None:
    if source is None:
        return None
    target = {"url": source} if source.startswith("http") else {"model": source}
    return build_reranking(RerankSettings.model_validate(target | {"timeout_ms": PATIENCE_MS}))


def main() -> None:
    """The command line. Exits with 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--only", default="", help="sets whose name holds this; the files are not written")
    parser.add_argument("--documents", type=int, default=0, help="most of each set, those that answer first; 0: all")
    parser.add_argument("--model", help="as FOOTNOTE_EMBEDDING_MODEL: english, multilingual, a folder or name")
    parser.add_argument("--rerank", help="a cross-encoder's folder or name, or the address of a server with /rerank")
    parser.add_argument("--work", type=Path, default=Path("var/evals/retrieval"))
    parser.add_argument("--results", type=Path, default=Path("evals/results/retrieval.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/images/retrieval.svg"))
    arguments = parser.parse_args()
    run = asyncio.run(_run(arguments))
    if arguments.rerank is None:
        print(
            "hybrid+rerank was not measured: no reranker was named (--rerank MODEL or URL); none comes with the product."
        )
    if arguments.results.exists():
        differences = changes(json.loads(arguments.results.read_text()), run)
        print(
            "\n".join(["Since the last run:", *differences]) if differences else "Nothing changed since the last run."
        )
    if not arguments.only:
        write(run, arguments.results, arguments.plot)
    for verdict in run["verdicts"]:
        print(f"{'met' if verdict['met'] else 'MISSED':7} {verdict['text']}")
    sys.exit(0 if all(verdict["met"] for verdict in run["verdicts"]) else 1)


if __name__ == "__main__":
    main()
