"""A sentence that the page shows as words goes through the check; one that it shows as code is left as it is."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from answers.linkifier import linkify
from answers.remarks import REMARKS
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding import check as citations
from rag.grounding.markdown import scan
from rag.grounding.markdown_parts import PartKind
from rag.pipeline import passages_of
from tests.chunks import HANDBOOK_TEXTS, sources
from tests.page_parser import PageParser, page_parser
from tests.shown_code import ANSWER_WORDS, NASTY, Code, normal, of_parts

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")
PASSAGES = passages_of(sources(*HANDBOOK_TEXTS))
TRUE = "Full-time employees receive 25 days of paid vacation per year [1]."
FALSE = "Everyone also gets 900 days of paid sabbatical on the moon [1]."
PIECES = st.lists(st.sampled_from((*NASTY, *ANSWER_WORDS, TRUE)), max_size=8).map("".join)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageParser]:
    with page_parser(tmp_path_factory.mktemp("page")) as parser:
        yield parser


def on_page(page: PageParser, checked: Citations) -> Code:
    numbers = [citation.number for citation in checked.citations]
    return normal(page.code(linkify(checked.answer, RUN, numbers)))


def words(code: Code) -> str:
    return "".join(text for _, text in code)


@pytest.mark.parametrize(
    "text",
    [
        "Everyone also gets ~~~ 900 days of paid sabbatical on the moon [1].",
        "Everyone also gets ``` 900 days of paid sabbatical on the moon [1]\nand a yacht [1].",
        "Everyone also gets\n     ~~~ 900 days of paid sabbatical on the moon [1].",
        "Everyone also gets ` 900 days of paid sabbatical on the moon [1].\n\n` It is so.",
        "- Everyone also gets `\n- 900 days of paid sabbatical on the moon [1].\n` It is so.",
        "Everyone also gets \\`900 days of paid sabbatical on the moon [1].`",
        "Everyone also gets 900 days of paid sabbatical on the moon `x. Yes` [1].",
        "    Everyone also gets 900 days of paid sabbatical on the moon [1].",
        "`\u202a`` Everyone also gets 900 days of paid sabbatical on the moon [1]. ``",
        "- ```\nEveryone also gets 900 days of paid sabbatical on the moon [1].",
        "> ~~~\nEveryone also gets 900 days of paid sabbatical on the moon [1].",
        "a\n1. 2. ~~~ Everyone also gets 900 days of paid sabbatical on the moon [1].",
        "``` `\nEveryone also gets 900 days of paid sabbatical on the moon [1].",
        "| `a | Everyone also gets 900 days of paid sabbatical on the moon [1]. ` |\n|---|---|",
        "Everyone also gets\n\t# 900 days of paid sabbatical on the moon.",
        "Everyone gets 900 days on the moon\nFull-time employees receive 25 days of paid vacation per year [1].",
        "| Everyone also gets 900 days of paid sabbatical on the moon. |\n***\n",
    ],
)
async def test_a_false_sentence_is_not_hidden_by_marks_of_code(
    embeddings: FootnoteEmbeddings, page: PageParser, text: str
) -> None:
    for answer in (text, f"{TRUE}\n\n{text}"):
        checked = await citations.check(answer, PASSAGES, embeddings, "How many days of vacation?")
        if answer is text or not text.startswith("    "):
            assert "900" not in words(on_page(page, checked))
            assert checked.unsupported >= 1
            assert "moon [1]" not in checked.answer


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PIECES, PIECES)
@example("~~~ ", "")
@example("`", "`")
@example("[1]", "")
@example("[1]    ", "")
@example("a\n[2]", "\n```\nb")
async def test_whatever_stands_around_it_a_false_sentence_is_code_or_marked(
    embeddings: FootnoteEmbeddings, page: PageParser, before: str, after: str
) -> None:
    checked = await citations.check(f"{before}{FALSE}{after}", PASSAGES, embeddings, "How many days of vacation?")
    code = on_page(page, checked)
    assert code == of_parts(scan(checked.answer))
    assert not any("".join(remark.words.split()) in words(code) for remark in REMARKS.values())
    fences = "".join(part.text for part in scan(checked.answer) if part.kind is PartKind.FENCE)  # are not shown
    if "900daysofpaidsabbatical" not in words(code) and "sabbatical" not in fences:
        assert checked.unsupported >= 1
        assert "moon [1]" not in checked.answer


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PIECES)
async def test_sentences_lie_where_the_answer_says_and_end_outside_code(
    embeddings: FootnoteEmbeddings, text: str
) -> None:
    checked = await citations.check(text, PASSAGES, embeddings)
    for sentence in checked.sentences:
        assert 0 <= sentence.start <= sentence.end <= len(checked.answer)
        assert checked.answer[sentence.start : sentence.end].count("[unsupported]") <= 1


async def test_a_number_behind_a_block_of_code_is_marked_below_it(embeddings: FootnoteEmbeddings) -> None:
    code = f"{TRUE}\n\n```\nmoon --cheese 900\n```\n"
    checked = await citations.check(f"{code}[1]", PASSAGES, embeddings)
    assert checked.answer == f"{code} [unsupported]"


async def test_when_a_marker_that_goes_would_make_code_all_is_words(embeddings: FootnoteEmbeddings) -> None:
    """Without "[1]", the line is indented as code is."""
    checked = await citations.check(f"{TRUE}\n\n[1]    {FALSE}", PASSAGES, embeddings)
    assert checked.unsupported == 1
    assert of_parts(scan(checked.answer)) == []
