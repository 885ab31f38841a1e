"""Every marker is checked against its source."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding import check as citations
from rag.grounding.markers import numbers_in
from rag.grounding.passage import Passage
from rag.pipeline import passages_of
from tests.chunks import HANDBOOK_TEXTS, sources

SOURCES = sources(*HANDBOOK_TEXTS, start=500)
PASSAGES = passages_of(SOURCES)
VACATION, LEAVE, OFFICE = (source.chunk for source in SOURCES[:3])


async def check(answer: str, embeddings: FootnoteEmbeddings, question: str = "") -> Citations:
    return await citations.check(answer, PASSAGES, embeddings, question)


def marked(checked: Citations, number: int) -> list[str]:
    """The passages marked for a number, read from the section by their offsets."""
    (found,) = [citation for citation in checked.citations if citation.number == number]
    section = " " * found.chunk.char_start + found.chunk.text
    return [section[span.start : span.end] for span in found.spans]


async def test_a_literal_sentence_is_supported_and_its_span_is_that_sentence(embeddings: FootnoteEmbeddings) -> None:
    checked = await check("Unused days expire on 31 March of the next year [1].", embeddings)
    assert checked.answer == "Unused days expire on 31 March of the next year [1]."
    assert (checked.dropped, checked.unsupported) == (0, 0)
    assert marked(checked, 1) == ["Unused days expire on 31 March of the next year."]
    assert checked.citations[0].quote == "Unused days expire on 31 March of the next year."
    assert checked.citations[0].support == 1.0


@pytest.mark.parametrize(
    ("answer", "number", "passage"),
    [
        ("Employees who work full-time get 25 paid vacation days every year [1].", 1, "Full-time employees receive"),
        ("You get 16 weeks of fully paid parental leave [2].", 2, "Parental leave lasts sixteen weeks"),
        ("The Lisbon office opens at 8:30 [3].", 3, "The office in Lisbon"),
        ("A director has to approve expenses of more than 500 euros [4].", 4, "Expenses above 500 euros"),
        ("Backups of the servers run nightly at 02:00 [5].", 5, "Our servers are backed up"),
        ("Report a security incident immediately in the security channel [6].", 6, "To report a security incident"),
    ],
)
async def test_a_paraphrase_is_supported_and_points_at_its_sentence(
    embeddings: FootnoteEmbeddings, answer: str, number: int, passage: str
) -> None:
    checked = await check(answer, embeddings)
    assert checked.answer == answer
    assert marked(checked, number)[0].startswith(passage)
    assert 0 < checked.citations[0].support <= 1


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Full-time employees receive 30 days of paid vacation per year", "contradicted"),
        ("The moon base opened in 1875 with 4312 visitors", "unsupported"),
        ("Its captain was called Zaphod Quux", "unsupported"),
        ("Interest rates in Japan rose again", "unsupported"),
    ],
)
async def test_what_the_source_does_not_say_loses_its_number(
    embeddings: FootnoteEmbeddings, claim: str, verdict: str
) -> None:
    checked = await check(f"{claim} [1].", embeddings)
    assert checked.answer == f"{claim}. [{verdict}]"
    assert (checked.dropped, checked.unsupported, checked.citations) == (1, 1, ())


async def test_an_invented_number_is_dropped(embeddings: FootnoteEmbeddings) -> None:
    checked = await check("The moon is made of green cheese [9].", embeddings)
    assert checked.answer == "The moon is made of green cheese. [unsupported]"
    assert checked.dropped == 1


@pytest.mark.parametrize(
    ("answer", "corrected"),
    [
        ("Parental leave lasts sixteen weeks [9].", "Parental leave lasts sixteen weeks [2]."),
        ("The office in Lisbon opens at 8:30 [1].", "The office in Lisbon opens at 8:30 [3]."),
    ],
)
async def test_a_wrong_number_gives_way_to_the_source_that_says_it(
    embeddings: FootnoteEmbeddings, answer: str, corrected: str
) -> None:
    checked = await check(answer, embeddings)
    assert checked.answer == corrected
    assert (checked.dropped, checked.added, checked.unsupported) == (1, 1, 0)


async def test_one_valid_number_is_enough(embeddings: FootnoteEmbeddings) -> None:
    checked = await check("Parental leave lasts sixteen weeks and is fully paid [2][3, 9].", embeddings)
    assert checked.answer == "Parental leave lasts sixteen weeks and is fully paid [2]."
    assert (checked.dropped, checked.unsupported) == (2, 0)


async def test_numbers_behind_the_full_stop_belong_to_their_sentence(embeddings: FootnoteEmbeddings) -> None:
    answer = "Parental leave lasts sixteen weeks and is fully paid. [2] The moon is made of green cheese. [1]"
    checked = await check(answer, embeddings)
    assert checked.answer == (
        "Parental leave lasts sixteen weeks and is fully paid. [2] The moon is made of green cheese. [unsupported]"
    )


async def test_citations_are_listed_once_in_order_of_use(embeddings: FootnoteEmbeddings) -> None:
    answer = (
        "Receipts are kept for ten years [4]. Parental leave lasts sixteen weeks and is fully paid [2]. "
        "Expenses above 500 euros need the approval of a director [4]."
    )
    checked = await check(answer, embeddings)
    assert [citation.number for citation in checked.citations] == [4, 2]
    assert marked(checked, 4) == [HANDBOOK_TEXTS[3]]  # neighbours become one


async def test_a_short_yes_is_read_with_its_question(embeddings: FootnoteEmbeddings) -> None:
    question = "Is parental leave fully paid?"
    assert (await check("Yes [2].", embeddings, question)).answer == "Yes [2]."
    assert (await check("Yes [3].", embeddings, question)).answer == "Yes [2]."
    assert (await check("Yes [3].", embeddings, "Is the moon made of cheese?")).answer == "Yes. [unsupported]"


async def test_code_is_left_alone(embeddings: FootnoteEmbeddings) -> None:
    answer = "Write `days[9]` or\n\n```\nweeks[7]\n```\n\nReceipts are kept for ten years [4]."
    checked = await check(answer, embeddings)
    assert checked.answer == answer


async def test_the_remark_stays_inside_a_table(embeddings: FootnoteEmbeddings) -> None:
    checked = await check("| Who | Days |\n|---|---|\n| Marsians | 99 [1] |\n| All | more |", embeddings)
    assert "| Marsians | 99 [unsupported] |\n| All" in checked.answer


async def test_text_without_markers_is_left_alone(embeddings: FootnoteEmbeddings) -> None:
    checked = await check("The sources do not say.", embeddings)
    assert checked == Citations(answer="The sources do not say.", citations=())


PIECES = st.sampled_from(
    [
        *HANDBOOK_TEXTS,
        "Parental leave lasts 16 weeks",
        "The moon is made of cheese",
        " [1]",
        " [2]",
        "[3][4]",
        " [1, 9]",
        " [0]",
        " [12-14]",
        "【2】",
        " [5](http://evil.example)",
        ". ",
        "\n",
        "\n\n- ",
        "| a |",
        " `x[7]` ",
        "```\ncode[8]\n",
        "```",
        " [unsupported]",
        " [",
        "]",
        " [4",
    ]
)


@given(st.lists(PIECES, max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_only_supported_numbers_remain_and_spans_lie_in_their_section(
    embeddings: FootnoteEmbeddings, pieces: list[str]
) -> None:
    checked = await check("".join(pieces), embeddings)
    known = {citation.number for citation in checked.citations}
    assert set(numbers_in(checked.answer)) == known
    assert list(dict.fromkeys(numbers_in(checked.answer))) == [citation.number for citation in checked.citations]
    for citation in checked.citations:
        assert citation.spans
        assert 0 <= citation.support <= 1
        assert citation.support or checked.unchecked  # a number stays unproved only beside the remark that says so
        positions = [position for span in citation.spans for position in (span.start, span.end)]
        assert positions == sorted(positions)
        assert citation.chunk.char_start <= positions[0]
        assert positions[-1] <= citation.chunk.char_end


async def test_checking_twice_changes_nothing(embeddings: FootnoteEmbeddings) -> None:
    once = await check(
        "Parental leave lasts sixteen weeks and is fully paid [2][9]. The moon is cheese [1].", embeddings
    )
    assert once.answer.endswith("cheese. [unsupported]")
    assert (await check(once.answer, embeddings)).answer == once.answer


def test_a_source_without_a_sentence_supports_nothing() -> None:
    (source,) = sources("  \n ")
    assert Passage(source).lines == ()
