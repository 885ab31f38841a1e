"""Routing: the kind of a question, the documents and the part it names, and the question without politeness."""

from time import process_time
from uuid import UUID

import pytest

from evals.questions import LEAST_RIGHT, by_rules, questions, right
from rag.questions.kind import Kind
from rag.questions.language import LANGUAGES
from rag.questions.parts import Part
from rag.questions.routing import route
from rag.questions.titles import TitleIndex

LEAVE, TRAVEL_22, TRAVEL_23, PLAN, BENEFITS = (UUID(int=number) for number in range(1, 6))
TITLES = (
    (LEAVE, "parental-leave.md"),
    (TRAVEL_22, "Travel Policy 2022.pdf"),
    (TRAVEL_23, "Travel Policy 2023.pdf"),
    (PLAN, "summary_plan_description.pdf"),
    (BENEFITS, "benefits.md"),
)
MOST_GROWTH = 3.0


@pytest.mark.parametrize("code", LANGUAGES)
def test_questions_get_the_right_kind(code: str) -> None:
    good, total = right(question for question in questions() if question.language == code)
    assert good >= LEAST_RIGHT * total


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many weeks of leave do I get?", Kind.FACT),
        ("How many documents mention leave?", Kind.COUNT),
        ("What is the summary plan description?", Kind.FACT),
        ("Thanks to whom was the merger completed?", Kind.FACT),
        ("Hello, when is the cafeteria open on Fridays?", Kind.FACT),
        ("What documents do I have?", Kind.LIBRARY),  # C056
        ("What can you do?", Kind.HELP),  # C055
        ("Translate your last answer to German", Kind.CONVERSATION),  # C058
        ("Explain like I am five", Kind.CONVERSATION),
        ("Is it available in Spanish?", Kind.FACT),
        ("In Spanish, please", Kind.FACT),
        ("List all the WARN notices from San Diego county", Kind.LIST),  # C053
        ("What is “parental-leave” about?", Kind.DOCUMENT),  # C005
    ],
)
def test_near_misses_are_told_apart(question: str, kind: Kind) -> None:
    assert route(question, TITLES).kind is kind


@pytest.mark.parametrize("question", ["Why?", "shorter please", "Are you sure?"])
def test_only_after_another_question_it_is_about_the_conversation(question: str) -> None:
    assert route(question, has_history=True).kind is Kind.CONVERSATION
    assert route(question).kind is Kind.FACT


def test_a_question_without_a_rule_is_for_a_fact_and_the_caller_may_say_what_it_is() -> None:
    found = route("Who approves travel expenses?")
    assert (found.kind, found.by) == (Kind.FACT, "default")
    found = route("Who approves travel expenses?", kind=Kind.LIST)
    assert (found.kind, found.by) == (Kind.LIST, "given")


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Hi! Hope you are well. Could you please tell me how long a PIP lasts?", "how long a PIP lasts?"),
        ("Great, thank you. And when is it paid, please?", "And when is it paid?"),
        ("Guten Tag, könnten Sie mir bitte sagen, wer Reisekosten genehmigt?", "wer Reisekosten genehmigt?"),
        ("你好，请问试用期是多长时间？", "试用期是多长时间？"),
        ("How is the well-being budget used?", "How is the well-being budget used?"),
    ],
)
def test_politeness_is_not_searched_for(question: str, query: str) -> None:
    assert route(question).query == query


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("What is in parental-leave.md?", (LEAVE,)),
        ("Summarize the parentl leave document", (LEAVE,)),
        ("What is “Travel Policy 2023” about?", (TRAVEL_23,)),
        ("Compare Travel Policy 2023.pdf with Travel Policy 2022.pdf", (TRAVEL_23, TRAVEL_22)),
        ("According to the travel policy 2022, who pays?", (TRAVEL_22,)),
        ("Summarize the benefits", (BENEFITS,)),
        ("Summarize the travel policy", (TRAVEL_22, TRAVEL_23)),
        # a title's words in a question about something
        ("How long is parental leave?", ()),
        ("What is the summary plan description?", ()),
        ("What are the benefits of coaching?", ()),
        ("Which policy covers travel?", ()),
    ],
)
def test_documents_are_named_by_their_titles(question: str, documents: tuple[UUID, ...]) -> None:
    assert set(route(question, TITLES).documents) == set(documents)
    assert len(route(question, TITLES).documents) == len(documents)


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("What does page 3 say?", Part("page", 3)),
        ("Summarize section 2", Part("section", 2)),
        ("What is written in the third chapter?", Part("section", 3)),
        ("Show me the last page", Part("page", -1)),
        ("Can you explain paragraph 4.2?", Part("section", None, "4.2")),
        ("What does the section on eligibility say?", Part("section", None, "eligibility")),
        ("What does the section “Notice periods” say?", Part("section", None, "Notice periods")),
        ("Was steht auf Seite 3?", Part("page", 3)),
        ("总结第二节", Part("section", 2)),
        ("第3页说了什么？", Part("page", 3)),
        ("ماذا تقول الصفحة 3؟", Part("page", 3)),
        ("What does page iv say?", Part("page", None, "iv")),
        ("Was steht auf Seite XII?", Part("page", None, "xii")),
    ],
)
def test_a_part_is_named_by_number_or_heading(question: str, part: Part) -> None:
    assert route(question).part == part


def test_how_much_is_wanted() -> None:
    assert route("Top 5 customers by revenue").n == 5
    assert route("Who approves travel?").n is None


def test_a_route_takes_hardly_longer_in_a_library_of_ten_thousand_documents() -> None:
    asked = [question for question in questions() if question.language in ("en", "de", "zh")]

    def typical_s(documents: int) -> float:
        """Median computing time of a route."""
        index = TitleIndex(
            (UUID(int=number), f"record {number} of office {number % 7}.pdf") for number in range(documents)
        )
        times = []
        for question in asked:
            began = process_time()
            route(question.text, index, question.has_history)
            times.append(process_time() - began)
        return sorted(times)[len(times) // 2]

    typical_s(10)  # what is loaded with the first question
    assert typical_s(10_000) < MOST_GROWTH * typical_s(10)


def test_what_is_pasted_takes_no_longer() -> None:
    def pasted_s(lines: int) -> float:
        pasted = "Summarize this: " + "the contract says that all invoices of this file are paid in time. " * lines
        began = process_time()
        assert route(pasted, TITLES).kind is Kind.SUMMARY
        return process_time() - began

    pasted_s(125)
    assert min(pasted_s(1000) for _ in range(3)) < MOST_GROWTH * max(pasted_s(125) for _ in range(3))
    assert by_rules(questions()[0]).query
