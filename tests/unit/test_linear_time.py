"""What reads text from outside in the server's own process takes time in proportion to it, whatever it is made of."""

from collections.abc import Callable
from uuid import UUID

import pytest

from answers.linkifier import Linkifier, linkify
from core.unseen import seen
from ingestion.indexing.chunking.recursive import RecursiveSplitter
from ingestion.indexing.chunking.sliding import SlidingSplitter
from ingestion.indexing.chunking.structure import StructureSplitter
from parsing.types import Section
from rag.grounding.markdown import code_runs
from rag.grounding.marker_stream import MarkerFilter
from rag.grounding.markers import parse
from rag.grounding.passage import figures, missing_figures
from rag.grounding.plain import plain
from rag.grounding.sentences import split
from rag.grounding.silence import without_silence
from rag.grounding.statements import quotes, statements
from tests.growth import MOST_GROWTH, TIMES, growth

SIZE = 1_500
RUN = UUID(int=1)
# Each is repeated; what is opened and never closed, what almost ends a sentence, and what may become something when more comes.
REPEATED = (
    *(" ", "\t", "\n\n", "7", ".", "…)", "Dr. ", "e.g. ", "x. y. ", "A. B. ", "?! ", "。”", "[", "[[]]", "(", "[1", "[1,", "[1] "),
    "[source ",
    *("![", "[a](", "[a]((", "<", "<!--", "<a", "`", "`` ` ", "`a` ", "~", "~~~ ", "```\n", "*", "**a", "_", "|", "| a |\n", "- ", "# a\n"),
    *("a b ", "a@", "http://", "\u200c", "é\u200c\u200b", "中", "word. Word\n", "the sources do ", ", but ", "[unsupported", "1,2"),
)  # fmt: skip


def _in_pieces(made: Callable[[], MarkerFilter | Linkifier]) -> Callable[[str], object]:
    """As a model sends it."""

    def run(text: str) -> None:
        reading = made()
        for start in range(0, len(text), 6):
            reading.feed(text[start : start + 6])
        reading.flush()

    return run


def _cut_by(splitter: RecursiveSplitter | SlidingSplitter | StructureSplitter) -> Callable[[str], object]:
    return lambda text: splitter._spans(Section(number=1, text=text))


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "run",
    [
        pytest.param(split, id="sentences"),
        pytest.param(lambda text: plain(text, "row"), id="plain"),
        pytest.param(seen, id="seen"),
        pytest.param(code_runs, id="code"),
        pytest.param(lambda text: statements(parse(text)), id="statements"),
        pytest.param(lambda text: quotes(parse(text)), id="quotes"),
        pytest.param(without_silence, id="silence"),
        pytest.param(lambda text: (figures(text), missing_figures(text, frozenset())), id="figures"),
        pytest.param(_in_pieces(lambda: MarkerFilter([1, 2])), id="markers in pieces"),
        pytest.param(lambda text: linkify(text, RUN), id="links"),
        pytest.param(_in_pieces(lambda: Linkifier(RUN)), id="links in pieces"),
        pytest.param(_cut_by(RecursiveSplitter(800, 100)), id="recursive"),
        pytest.param(_cut_by(SlidingSplitter(800, 100)), id="sliding"),
        pytest.param(_cut_by(StructureSplitter(800, 100)), id="structure"),
    ],
)
def test_time_is_linear(run: Callable[[str], object]) -> None:
    run("The first run loads what is needed [1].")
    slow = []
    for repeated in REPEATED:
        for begin, end in (("", ""), ("", "x\n\nb"), ("`", "")):
            factor = growth(run, lambda size, r=repeated, b=begin, e=end: b + r * (size // len(r)) + e, SIZE)  # type: ignore[misc]
            if factor > MOST_GROWTH:
                slow.append(f"{factor:.0f} times as long for {TIMES} times {repeated!r} between {begin!r} and {end!r}")
    assert slow == []
