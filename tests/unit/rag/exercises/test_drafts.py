"""Questions made of sentences: what is asked, what the answer is, and what is no question."""

import pytest

from rag.exercises.clarity import is_clear
from rag.exercises.draft import AnswerKind, Draft
from rag.exercises.drafts import drafts
from rag.exercises.languages import GAP
from tests.chunks import chunk


def made(text: str) -> list[Draft]:
    return drafts([chunk(text)])


def best(text: str) -> tuple[str, str]:
    first = max((one for one in made(text) if not one.is_gap), key=lambda one: one.worth)
    return first.question, first.answer


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "Each employee receives 28 days of paid leave per calendar year.",
            "How many days of paid leave does each employee receive per calendar year?",
            "28 days",
        ),
        (
            "Travel expenses must be submitted within 14 days after the return.",
            "Within how many days must travel expenses be submitted after the return?",
            "14 days",
        ),
        (
            "The reception desk is staffed by the facility team.",
            "Who staffs the reception desk?",
            "the facility team",
        ),
        (
            "The telephone was invented by the engineers in Boston.",
            "Who invented the telephone in Boston?",
            "the engineers",
        ),
        (
            "In 1889, the Eiffel Tower was opened to visitors.",
            "When was the Eiffel Tower opened to visitors?",
            "1889",
        ),
        (
            "If the alarm rings, all visitors must leave the building by the stairs.",
            "What must all visitors do if the alarm rings?",
            "leave the building by the stairs",
        ),
        (
            "If Slack is down, call the security desk at once.",
            "What should you do if Slack is down?",
            "call the security desk at once",
        ),
        (
            "The onboarding phase runs for 60 days from contract close.",
            "How long does the onboarding phase run from contract close?",
            "60 days",
        ),
        (
            "Visitors must wear a badge because the insurance covers registered guests only.",
            "Why must visitors wear a badge?",
            "because the insurance covers registered guests only",
        ),
        (
            "A travel request is a form that the line manager signs before a journey.",
            "What is a travel request?",
            "a form that the line manager signs before a journey",
        ),
        (
            "To view the metrics, go to the built-in dashboard.",
            "How do you view the metrics?",
            "go to the built-in dashboard",
        ),
        (
            "Use the internal notes of Zendesk to track decisions about a case.",
            "What should you use to track decisions about a case?",
            "the internal notes of Zendesk",
        ),
        (
            "The backups of the database are stored in the vault at Bern.",
            "Where are the backups of the database stored?",
            "in the vault at Bern",
        ),
        (
            "The fire drill of the main office takes place every quarter.",
            "How often does the fire drill of the main office take place?",
            "every quarter",
        ),
        (
            "The World Health Organization (WHO) publishes the figures of each country.",
            "What does WHO stand for?",
            "World Health Organization",
        ),
        (
            "Eine Mannigfaltigkeit ist ein topologischer Raum, der lokal dem euklidischen Raum gleicht.",
            "Was ist eine Mannigfaltigkeit?",
            "ein topologischer Raum, der lokal dem euklidischen Raum gleicht",
        ),
        (
            "Die Bibliothek der Stadt wurde 1904 von der Gemeinde neu gegründet.",
            "Wann wurde die Bibliothek der Stadt von der Gemeinde neu gegründet?",
            "1904",
        ),
        (
            "Khủng bố mạng là việc sử dụng không gian mạng để thực hiện hành vi khủng bố.",
            "Khủng bố mạng là gì?",
            "việc sử dụng không gian mạng để thực hiện hành vi khủng bố",
        ),
        (
            "光合作用是指植物利用光能把二氧化碳和水转化为有机物的过程。",
            "光合作用是什么？",
            "植物利用光能把二氧化碳和水转化为有机物的过程",
        ),
    ],
)
def test_what_a_sentence_answers_is_asked(sentence: str, question: str, answer: str) -> None:
    assert (question, answer) in [(one.question, one.answer) for one in made(sentence)]


@pytest.mark.parametrize(
    "sentence",
    [
        "It must be submitted within 14 days after the return.",  # what?
        "This form was signed by the engineers in 1999.",
        "However, they receive 28 days of paid leave per calendar year.",
        "We keep all the backups in the vault because it is safe there.",
        "Copyright 2019 by the authors, all rights reserved, no part may be copied.",
        "See section 3 for the rules that the board has made on travel.",
        "Check the migrator logs in the frontend pod for errors of the migration.",
        "Tasks created in the tool to keep track of your action items.",
        "| Norway | 54 | 61 | 70 |",
        "procedures. require operators to conduct a test within 14 days after the return.",
    ],
)
def test_what_cannot_be_understood_alone_is_no_question(sentence: str) -> None:
    assert made(sentence) == []


def test_every_answer_stands_in_its_sentence_and_not_in_its_question() -> None:
    text = (
        "Travel expenses must be submitted within 14 days after the return. The per diem rate for Norway is 54 euros. "
        "The board of directors approves the budget of each department in March. The archive contains 1,200 letters of the founder."
    )
    found = made(text)
    assert len(found) >= 4
    for one in found:
        assert one.answer.casefold() in one.sentence.text.casefold()
        assert one.answer.casefold() not in one.question.casefold()
        assert text[one.sentence.start : one.sentence.end] == one.sentence.text


def test_a_gap_is_a_number_that_counts_something_or_a_name() -> None:
    [gap] = [
        one for one in made("The curve of each figure must be 40 feet long, as the judges of Bern say.") if one.is_gap
    ]
    assert (gap.answer, gap.kind, gap.unit) == ("40", AnswerKind.NUMBER, "feet")
    assert gap.question.count(GAP) == 1
    assert not [one for one in made("The rules of step 3 are the same as those in all other cases.") if one.is_gap]
    assert not [one for one in made("Each of 40 curves and 12 turns must be seen by all the judges.") if one.is_gap]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does it require?", "a form"),
        ("What must they do before the flight?", "check the engine"),
        ("What does the following table show?", "all the rates"),
        ("Who signs?", "the manager"),
        ("Who signs the form of the travel desk and?", "the manager"),
        ("When is the travel desk open?", "after which it is closed"),
        ("Who leads the travel desk team?", "the travel desk team"),
        ("What does the board decide about travel?", "this"),
    ],
)
def test_unclear_questions_are_told(question: str, answer: str) -> None:
    assert not is_clear(question, answer)
