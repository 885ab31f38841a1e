"""Numbers stand in order of appearance, each once in a row, and everything that names them follows."""

from hypothesis import given
from hypothesis import strategies as st

from rag.events import Citations
from rag.grounding.markers import numbers_in
from rag.grounding.numbering import in_order, renumbered
from rag.types import Citation, SentenceSource, SentenceSupport, Source
from tests.chunks import chunk


def checked(answer: str, *sentences: tuple[int, int, int]) -> Citations:
    """An answer as the check leaves it; a sentence is its start, its end and its source."""
    cited = dict.fromkeys(numbers_in(answer))
    return Citations(
        answer=answer,
        citations=tuple(
            Citation(number=n, chunk=chunk("Text."), spans=(), quote=f"quote {n}", support=1.0) for n in cited
        ),
        sentences=tuple(
            SentenceSupport(start=start, end=end, sources=(SentenceSource(number=n, spans=(), support=1.0),))
            for start, end, n in sentences
        ),
    )


def sources(count: int) -> tuple[Source, ...]:
    return tuple(Source(number=n, chunk=chunk(f"Text {n}.", title=f"document {n}")) for n in range(1, count + 1))


def test_numbers_follow_their_first_use() -> None:
    ordered = in_order(checked("Leave [3]. Pay [1][3]. More [2]."), sources(4))
    assert ordered.answer == "Leave [1]. Pay [1][2]. More [3]."
    assert ordered.order == (3, 1, 2, 4)
    assert [(citation.number, citation.quote) for citation in ordered.citations] == [
        (1, "quote 3"),
        (2, "quote 1"),
        (3, "quote 2"),
    ]
    assert [source.chunk.title for source in renumbered(sources(4), ordered.order)] == [
        "document 3",
        "document 1",
        "document 2",
        "document 4",
    ]


def test_a_number_stands_once_in_a_row() -> None:
    assert in_order(checked("Leave [1][1][2]. Pay [2] [2]."), sources(2)).answer == "Leave [1][2]. Pay [2]."


def test_numbers_in_code_and_formulas_stay() -> None:
    answer = "Leave [2], `a[2]`, $x_{[2]}$ [1].\n\n```\na[2]\n```"
    assert in_order(checked(answer), sources(2)).answer == "Leave [1], `a[2]`, $x_{[2]}$ [2].\n\n```\na[2]\n```"


def test_sentences_keep_their_places() -> None:
    answer = "Leave [12][12]. Pay is due [3] [unsupported]."
    ordered = in_order(checked(answer, (0, 15, 12), (16, 30, 3)), sources(12))
    assert ordered.answer == "Leave [1]. Pay is due [2] [unsupported]."
    texts = [ordered.answer[sentence.start : sentence.end] for sentence in ordered.sentences]
    assert texts == ["Leave [1].", "Pay is due [2]"]
    assert [sentence.sources[0].number for sentence in ordered.sentences] == [1, 2]


def test_an_order_that_is_right_stays() -> None:
    ordered = in_order(checked("Leave [1]. Pay [2]."), sources(3))
    assert (ordered.answer, ordered.order) == ("Leave [1]. Pay [2].", ())
    three = sources(3)
    assert renumbered(three, ordered.order) == renumbered(three, ()) == three


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_whatever_is_cited_is_in_order_and_keeps_its_source(numbers: list[int]) -> None:
    ordered = in_order(checked(" ".join(f"Fact [{number}]." for number in numbers)), sources(12))
    shown = numbers_in(ordered.answer)
    order = ordered.order or tuple(range(1, 13))
    assert [order[number - 1] for number in shown] == numbers
    assert list(dict.fromkeys(shown)) == list(range(1, len(set(numbers)) + 1))
    assert sorted(order) == list(range(1, 13))
