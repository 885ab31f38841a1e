"""The measuring of search, on a collection that can be counted by hand."""

import gzip
import json
from pathlib import Path

import pytest

from evals.retrieval import Evaluation
from evals.retrieval_report import Measured, as_json, changes, header, line, means, write
from evals.retrieval_scores import Scores, gains_of_english, half, ndcg, recall, verdicts
from evals.retrieval_sets import ENGLISH, collection, section_of
from rag.embedding.embeddings import FootnoteEmbeddings

GAINS = {"a": 2.0, "b": 1.0}


def test_ndcg_and_recall() -> None:
    assert ndcg(["a", "b", "x"], GAINS) == 1.0
    assert ndcg(["b", "a"], GAINS) == pytest.approx((1 + 2 / 1.58496) / (2 + 1 / 1.58496), abs=1e-4)
    assert ndcg([*"uvwxyzstrq", "a"], GAINS) == 0.0  # the eleventh does not count
    assert recall(["x", "b"], GAINS) == 0.5
    assert recall([*map(str, range(20)), "a", "b"], GAINS) == 0.0


def scored(bm25: float, dense: float, hybrid: float) -> dict[str, Scores]:
    """The same for two questions."""
    return {
        kind: Scores([value] * 2, [value] * 2) for kind, value in (("bm25", bm25), ("dense", dense), ("hybrid", hybrid))
    }


def english(hybrid: float) -> dict[str, dict[str, Scores]]:
    """Half of the sets like one side better, half the other."""
    return {
        name: scored(0.5, 0.6, hybrid) if number % 2 else scored(0.6, 0.5, hybrid)
        for number, name in enumerate(ENGLISH)
    }


def test_the_gain_is_over_the_better_side_of_each_set() -> None:
    gain, other = gains_of_english(english(0.64))
    assert (round(gain, 3), round(other, 3)) == (0.04, 0.09)


@pytest.mark.parametrize(("hybrid", "met"), [(0.64, True), (0.62, False)])
def test_a_target_that_is_missed_is_said_to_be(hybrid: float, met: bool) -> None:
    assert [is_met for is_met, _ in verdicts(english(hybrid))] == [True, met]


def test_a_set_that_lost_is_named() -> None:
    ((is_met, text),) = verdicts({"xquad-de": scored(0.93, 0.7, 0.9)})
    assert not is_met
    assert "xquad-de by 0.030" in text


def test_some_languages_have_a_floor() -> None:
    assert [met for met, _ in verdicts({"xquad-th": scored(0.93, 0.1, 0.93)})] == [True, False]


def test_halves_take_every_other_question() -> None:
    table = {"cisi": {"hybrid": Scores([0.1, 0.2, 0.3], [1.0, 0.0, 1.0])}}
    assert half(table, 1)["cisi"]["hybrid"] == Scores([0.2], [0.0])


def write_collection(folder: Path) -> None:
    """Three documents, two questions."""
    folder.mkdir(parents=True)
    documents = [
        {"_id": "d1", "title": "Vacation", "text": "Everybody gets twenty five days a year."},
        {"_id": "d2", "title": "", "text": "Computers are replaced every three years."},
        {"_id": "d3", "title": "Kitchen", "text": "Wash your cup."},
    ]
    with gzip.open(folder / "corpus.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(document) + "\n" for document in documents)
    questions = [
        {"_id": "q1", "text": "How many days of vacation?"},
        {"_id": "q2", "text": "When do I receive a new laptop?"},
    ]
    (folder / "queries.jsonl").write_text("".join(json.dumps(one) + "\n" for one in questions))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td3\t0\nq2\td2\t1\n")


async def test_a_collection_is_searched_in_every_way(tmp_path: Path, embeddings: FootnoteEmbeddings) -> None:
    embeddings.load()
    write_collection(tmp_path / "tiny")
    asked = await collection(tmp_path / "tiny", embeddings)
    assert asked.gains == {"q1": {"d1": 1.0}, "q2": {"d2": 1.0}}
    assert [chunk.path for chunk in asked.chunks] == [("Vacation",), (), ("Kitchen",)]
    measured, kinds = await Evaluation(embeddings, None).scores(asked)
    assert (measured.documents, measured.chunks, measured.questions) == (3, 3, 2)
    assert kinds["bm25"].ndcg == [1.0, 0.0]  # no word of the second question is in its document
    assert kinds["dense"].ndcg == kinds["hybrid"].ndcg == kinds["hybrid"].recall == [1.0, 1.0]


async def test_fewer_documents_keep_those_that_answer(tmp_path: Path, embeddings: FootnoteEmbeddings) -> None:
    write_collection(tmp_path / "tiny")
    asked = await collection(tmp_path / "tiny", embeddings, most=2)
    assert {chunk.title for chunk in asked.chunks} == {"d1", "d2"}


def test_a_title_stands_above_its_text() -> None:
    section = section_of("Kitchen", "Wash your cup.")
    assert section.text[section.blocks[0].start : section.blocks[0].end] == "Kitchen"
    assert not section_of("", "Wash your cup.").blocks


def test_a_run_is_kept_drawn_and_compared_with_the_next(tmp_path: Path) -> None:
    table, sets = english(0.64), dict.fromkeys(ENGLISH, Measured(3, 3, 2, 0.98))
    run = as_json(table, sets, {"model": "compass", "top_k": 30}, verdicts(table))
    write(run, tmp_path / "results" / "retrieval.json", tmp_path / "retrieval.svg")
    assert json.loads((tmp_path / "results" / "retrieval.json").read_text()) == run
    assert "scifact" in (tmp_path / "retrieval.svg").read_text()
    assert changes(run, run) == []
    worse = as_json(table | {"cisi": scored(0.5, 0.6, 0.61)}, sets, {"model": "compass", "top_k": 60}, [])
    assert changes(run, worse) == [
        "cisi hybrid ndcg@10: 0.640 → 0.610",
        "cisi hybrid recall@20: 0.640 → 0.610",
        "top_k: 30 → 60",
    ]


def test_the_table_says_what_was_not_measured() -> None:
    table = english(0.64)
    row = line("cisi", Measured(1460, 2257, 76, 0.985), table)
    assert len(row) == len(line("xquad-de", Measured(1, 1, 1, 1.0), {"xquad-de": scored(1, 1, 1)}))
    assert row.count("–") == 3  # both of the reranker, and the reference of the model
    assert "0.640" in means(table)
    assert header().splitlines()[0].rstrip().endswith("reference nDCG@10")
