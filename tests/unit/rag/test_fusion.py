"""Two lists as one."""

from collections.abc import Sequence

import pytest

from rag.index.fusion import Fusion, Mode, SideHit, fused, trace_details


def side(*hits: tuple[str, float, float]) -> list[SideHit]:
    """Hits by name, score and similarity."""
    return [SideHit(name, score, similarity) for name, score, similarity in hits]


def near(*hits: tuple[str, float]) -> list[SideHit]:
    return side(*((name, score, score) for name, score in hits))


def order(dense: Sequence[SideHit], words: Sequence[SideHit], fusion: Fusion, top_k: int = 10) -> str:
    return "".join(hit.chunk_id for hit, _ in fused(dense, words, fusion, top_k))


DENSE = near(("a", 0.8), ("b", 0.7), ("c", 0.6))
WORDS = side(("d", 9.0, 0.5), ("b", 6.0, 0.7), ("a", 1.0, 0.8))


def test_what_both_sides_find_comes_first() -> None:
    assert order(DENSE, WORDS, Fusion()) == "badc"


def test_the_weights_move_the_order_from_one_side_to_the_other() -> None:
    assert order(DENSE, WORDS, Fusion(dense_weight=1.0)) == "abcd"
    assert order(DENSE, WORDS, Fusion(dense_weight=0.0))[:3] == "dba"


@pytest.mark.parametrize("language_coverage", [0.0, 0.02])
def test_an_unknown_language_is_left_to_words(language_coverage: float) -> None:
    assert order(DENSE, WORDS, Fusion(language_coverage=language_coverage))[:3] == "dba"


def test_scores_are_the_weighed_places_of_both_sides() -> None:
    scores = {hit.chunk_id: score for hit, score in fused(DENSE, WORDS, Fusion(dense_weight=0.5), 9)}
    assert scores["a"] == pytest.approx(0.5 * 1.0 + 0.5 * 1 / 9)
    assert scores["b"] == pytest.approx(0.5 * 0.5 + 0.5 * 6 / 9)
    assert scores["c"] == pytest.approx(0.0)
    assert scores["d"] == pytest.approx(0.5 * -0.5 + 0.5 * 1.0)  # farther away than all that meaning found


def test_in_a_library_of_two_chunks_words_outweigh_a_hairs_breadth_of_meaning() -> None:
    assert order(near(("a", 0.50), ("b", 0.48)), side(("b", 3.0, 0.48)), Fusion()) == "ba"


def test_chunks_that_are_all_alike_are_all_the_best() -> None:
    assert [score for _, score in fused(near(("a", 0.5), ("b", 0.5)), [], Fusion(dense_weight=0.4), 2)] == [0.4, 0.4]


def test_the_list_is_cut_and_equals_keep_their_order() -> None:
    dense = near(("a", 0.5), ("b", 0.5), ("c", 0.5))
    assert order(dense, [], Fusion(), top_k=2) == "ab"


@pytest.mark.parametrize("mode", ["auto", "rrf", "dbsf"])
def test_one_side_may_be_empty(mode: Mode) -> None:
    assert order(DENSE, [], Fusion(mode)) == "abc"
    assert order([], WORDS, Fusion(mode)) in ("dba", "bad", "dab")
    assert fused([], [], Fusion(mode), 5) == []


def test_ranks_are_fused_as_the_engine_does() -> None:
    scores = {hit.chunk_id: score for hit, score in fused(DENSE, WORDS, Fusion("rrf"), 5)}
    assert scores == pytest.approx({"a": 1 / 2 + 1 / 4, "b": 1 / 3 + 1 / 3, "c": 1 / 4, "d": 1 / 2})


def test_scores_are_spread_as_the_engine_does() -> None:
    scores = {hit.chunk_id: score for hit, score in fused(DENSE, [], Fusion("dbsf"), 5)}
    assert scores == pytest.approx({"a": 4 / 6, "b": 3 / 6, "c": 2 / 6})
    same = near(("a", 0.5), ("b", 0.5))
    assert [score for _, score in fused(same, [], Fusion("dbsf"), 5)] == [0.5, 0.5]


def test_one_side_alone_keeps_its_scores() -> None:
    assert not Fusion("dense").needs_words
    assert not Fusion("bm25").needs_dense
    assert [(hit.chunk_id, score) for hit, score in fused([], WORDS, Fusion("bm25"), 2)] == [("d", 9.0), ("b", 6.0)]


def test_similarity_stays_beside_the_score() -> None:
    assert {hit.chunk_id: hit.similarity for hit, _ in fused(DENSE, WORDS, Fusion(), 9)} == {
        "a": 0.8,
        "b": 0.7,
        "c": 0.6,
        "d": 0.5,
    }


def test_what_a_trace_says() -> None:
    assert trace_details(DENSE, WORDS, Fusion(dense_weight=0.5, language_coverage=0.7)) == {
        "fusion": "auto",
        "dense": 3,
        "bm25": 3,
        "both": 2,
        "language_coverage": 0.7,
        "dense_weight": 0.35,
    }
    assert trace_details(DENSE, [], Fusion("dense")) == {"fusion": "dense", "dense": 3, "bm25": 0, "both": 0}
