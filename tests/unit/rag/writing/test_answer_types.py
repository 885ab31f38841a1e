"""Which type of answer a question asks for, and which sentence has it."""

import pytest

from rag.writing.sentence_choice.answer_types import answer_type, fit

QUESTIONS = [
    ("Who approves expenses above 500 euros?", "who"),
    ("In what year did the man who built it die?", "when"),
    ("How long does formal coaching typically last?", "how_long"),
    ("How many players were there?", "how_many"),
    ("How do I raise concerns through Convercent?", "how_to"),
    ("Can I carry over vacation?", "yes_no"),
    ("What is a high performance culture?", "definition"),
    ("Wie lange dauert die Probezeit?", "how_long"),
    ("Wer unterschreibt den Vertrag?", "who"),
    ("Mất bao lâu để hoàn thành?", "how_long"),
    ("ใครเป็นผู้ก่อตั้งบริษัท", "who"),
    ("公司是什么时候成立的？", "when"),
    ("هل يمكنني العمل من المنزل؟", "yes_no"),
    ("متى تأسست الشركة؟", "when"),
]


@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
def test_the_type_of_answer(question: str, expected: str) -> None:
    assert answer_type(question) == expected


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Who approves expenses?", "They are approved by Maria Lopez.", "They are approved within a week."),
        ("When was it built?", "It was built in 1923.", "It was built of stone."),
        ("How long is the leave?", "It lasts sixteen weeks.", "It is fully paid."),
        ("How much does it cost?", "The fee is $40.", "The fee is due at once."),
        ("How many people work there?", "About 120 people work there.", "Many people work there."),
        ("Why is it closed?", "It is closed because of the storm.", "It is closed on Sundays."),
    ],
)
def test_a_sentence_with_such_an_answer_fits_better(question: str, right: str, wrong: str) -> None:
    wanted = answer_type(question)
    assert fit(wanted, right, question) > fit(wanted, wrong, question)


def test_what_the_question_says_itself_is_no_answer() -> None:
    assert (
        fit("how_many", "There are 11 players in a team of 2019.", "How many players were in the team of 2019?") == 1.0
    )
    assert fit("who", "Maria Lopez was there.", "Who is Maria Lopez?") == 0.0
