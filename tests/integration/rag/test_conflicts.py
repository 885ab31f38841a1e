"""Documents that answer a question differently: what is shown, and what is no conflict."""

from uuid import uuid4

import pytest

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.grounding.check import check
from rag.grounding.passage import Passage
from rag.types import Source
from rag.writing.extractive import extract
from tests.chunks import chunk

DIFFER = "Your documents say different things:"
APART = "Your documents answer this for different cases:"

# question, statements of different documents, each with what the answer must show of it
CONFLICTS = [
    (
        "How many vacation days do employees get?",
        "Employees get 25 days of paid vacation per year.",
        "Every employee is entitled to 28 vacation days a year.",
    ),
    (
        "How long is the notice period?",
        "The notice period is four weeks to the end of a month.",
        "The notice period is three months.",
    ),
    (
        "What does the standard plan cost?",
        "The standard plan costs €49 per month.",
        "The price of the standard plan is €59 a month.",
    ),
    (
        "When was the Lisbon office opened?",
        "The Lisbon office was opened on 3 May 2019.",
        "The office in Lisbon was opened in June 2021.",
    ),
    (
        "Who is the head of marketing?",
        "The head of marketing is Maria Lopez.",
        "Our head of marketing, Jonas Weber, signs all contracts with agencies.",
    ),
    (
        "Can employees work from abroad?",
        "Employees can work from abroad for some weeks.",
        "Employees can not work from abroad.",
    ),
    (
        "What is the daily meal allowance?",
        "The daily meal allowance is 30 euros.",
        "The daily meal allowance is 45 euros.",
    ),
    (
        "How much is the deposit for a laptop?",
        "The deposit for a laptop is 200 euros.",
        "For a laptop a deposit of 150 euros is due.",
    ),
    (
        "Where is the data centre located?",
        "The data centre is located in Frankfurt, Germany.",
        "Our data centre is located in Dublin, Ireland.",
    ),
    (
        "How many people work at the Porto site?",
        "The Porto site has 120 people.",
        "At the Porto site 85 people work in two shifts.",
    ),
    (
        "What is the deadline for expense reports?",
        "The deadline for expense reports is 5 January 2025.",
        "Expense reports have their deadline on 20 January 2025.",
    ),
    (
        "Wie viele Urlaubstage bekommen Angestellte?",
        "Angestellte bekommen 25 Urlaubstage im Jahr.",
        "Angestellte bekommen 30 Urlaubstage pro Jahr.",
    ),
    (
        "Is a doctor's note required on the first day?",
        "A doctor's note is required on the first day.",
        "A doctor's note is not required on the first day.",
    ),
]
AGREEMENTS = [
    (
        "How many vacation days do employees get?",
        "Employees get 25 days of paid vacation per year.",
        "Every employee is entitled to twenty-five vacation days a year.",
    ),
    (
        "How long is the notice period?",
        "The notice period is 4 weeks.",
        "A notice period of 28 days applies.",
    ),
    (
        "How many seats does the hall have?",
        "The hall has 1,000 seats.",
        "There are 1000 seats in the hall.",
    ),
    (
        "When was the Lisbon office opened?",
        "The Lisbon office was opened on 3 May 2019.",
        "The office in Lisbon was opened in May 2019.",
    ),
    (
        "What does the standard plan cost?",
        "The standard plan costs €49 per month.",
        "The price of the standard plan is 49 euros a month.",
    ),
    (
        "Who is the head of marketing?",
        "The head of marketing is Maria Lopez.",
        "Our head of marketing, Dr. Lopez, signs all contracts with agencies.",
    ),
    (
        "Can employees work from abroad?",
        "Employees can work from abroad for some weeks.",
        "Yes, employees may work from abroad.",
    ),
    (
        "How long is parental leave?",
        "Parental leave lasts 16 weeks.",
        "The probation period lasts 6 months.",
    ),
    (
        "How many vacation days do employees get?",
        "Employees get 25 days of paid vacation per year.",
        "The canteen is open on 5 days a week and serves 300 meals.",
    ),
    (
        "Who is the head of marketing?",
        "The head of marketing is Maria Lopez.",
        "The head of finance is Jonas Weber.",
    ),
    (
        "What is the launch code of project 17?",
        "The launch code of project 17 is 4711.",
        "The launch code of project 18 is 9922.",
    ),
    (
        "What is the population of Springfield?",
        "Springfield has a population of 12,400.",
        "Shelbyville has a population of 8,100.",
    ),
    (
        "Wie lange dauert die Probezeit?",
        "Die Probezeit dauert sechs Monate.",
        "Es gilt eine Probezeit von 6 Monaten.",
    ),
]
CASES = [
    (
        "How many vacation days do employees get?",
        "Full-time employees get 25 vacation days.",
        "Part-time employees get 12 vacation days.",
    ),
    (
        "How many vacation days do employees get?",
        "In Germany, employees get 30 vacation days.",
        "In Portugal, employees get 22 vacation days.",
    ),
    (
        "How many vacation days do employees get?",
        "In 2023, employees got 25 vacation days.",
        "In 2025, employees get 28 vacation days.",
    ),
]


async def answer(question: str, embeddings: FootnoteEmbeddings, *texts: str, dates: tuple[str, ...] = ()) -> str:
    """The checked answer from one document for each text."""
    passages = [
        Passage(
            Source(
                number=number,
                chunk=chunk(text, document_id=uuid4(), title=f"policy-{number}.md"),
                similarity=0.6,
                dated=dates[number - 1] if dates else "",
            )
        )
        for number, text in enumerate(texts, start=1)
    ]
    text = await extract(question, passages, embeddings)
    by_number = {passage.source.number: passage for passage in passages}
    checked = await check(text, by_number, embeddings, question, is_quoted=True)
    assert checked.answer == text
    assert (checked.unsupported, checked.dropped) == (0, 0)
    return text


@pytest.mark.parametrize(("question", "one", "other"), CONFLICTS)
async def test_a_conflict_is_shown_with_both(
    question: str, one: str, other: str, embeddings: FootnoteEmbeddings
) -> None:
    text = await answer(question, embeddings, one, other)
    assert text.startswith((DIFFER, "Ihre Dokumente sagen Verschiedenes:"))
    assert f"{one} [1]" in text
    assert f"{other} [2]" in text


@pytest.mark.parametrize(("question", "one", "other"), AGREEMENTS)
async def test_agreement_and_other_subjects_are_no_conflict(
    question: str, one: str, other: str, embeddings: FootnoteEmbeddings
) -> None:
    text = await answer(question, embeddings, one, other)
    assert text
    assert "Your documents" not in text
    assert "Ihre Dokumente" not in text


@pytest.mark.parametrize(("question", "one", "other"), CASES)
async def test_other_years_places_and_groups_are_cases_and_no_conflict(
    question: str, one: str, other: str, embeddings: FootnoteEmbeddings
) -> None:
    text = await answer(question, embeddings, one, other)
    assert text.startswith(APART)
    assert one in text
    assert other in text


async def test_the_newest_comes_first_with_its_date(embeddings: FootnoteEmbeddings) -> None:
    text = await answer(
        "How many vacation days do employees get?",
        embeddings,
        "Employees get 25 days of paid vacation per year.",
        "Employees get 28 days of paid vacation per year.",
        dates=("1 March 2023", "2025-01-01"),
    )
    assert text.splitlines()[2:] == [
        "- **policy-2.md (2025-01-01):** Employees get 28 days of paid vacation per year. [2]",
        "- **policy-1.md (1 March 2023):** Employees get 25 days of paid vacation per year. [1]",
    ]


async def test_a_third_document_is_shown_where_it_says_something_else_again(embeddings: FootnoteEmbeddings) -> None:
    text = await answer(
        "What is the daily meal allowance?",
        embeddings,
        "The daily meal allowance is 30 euros.",
        "The daily meal allowance is 45 euros.",
        "The daily meal allowance is thirty euros.",
        "The daily meal allowance is 60 euros.",
    )
    assert "30 euros" in text
    assert "45 euros" in text
    assert "60 euros" in text
    assert "thirty" not in text


async def test_one_document_does_not_conflict_with_itself(embeddings: FootnoteEmbeddings) -> None:
    text = await answer(
        "How long is the notice period?",
        embeddings,
        "The notice period is four weeks.\n\nThe notice period is three months.",
    )
    assert DIFFER not in text
