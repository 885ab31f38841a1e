"""Follow-up questions: what refers to the question before, in nine languages, and how it is then understood."""

import pytest

from rag.questions.follow_ups import is_follow_up, stand_alone

PIP = "How long does a PIP last?"


@pytest.mark.parametrize(
    "question",
    [
        "And for contractors?",
        "What about Germany?",
        "How long is it?",
        "Why?",
        "How many weeks?",
        "Who approves that?",
        "Is this policy valid in Germany?",
        "Et pour les stagiaires ?",
        "那实习生呢？",
    ],
)
def test_what_refers_is_a_follow_up(question: str) -> None:
    assert is_follow_up(question)


@pytest.mark.parametrize("question", ["What is the parental leave policy?", "Who approves travel expenses?", "Merci !"])
def test_what_refers_to_nothing_is_none(question: str) -> None:
    assert not is_follow_up(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the parental leave policy?",
        "What is SOC2?",
        "How do managers support their teams when somebody is on leave?",
        "If a manager is away, who replaces them?",
        "Is it possible to work from home?",
        "How long does it take to get a visa?",
        "Where do I report a security incident?",
        "Summarise the travel policy",
    ],
)
def test_questions_that_stand_alone_are_left_alone(question: str) -> None:
    assert stand_alone(question, [PIP]) == (question, False)


@pytest.mark.parametrize(  # C022, C023, C024, C026 of the cases
    "question",
    ["parental leave", "Is there a CLA for this repository?", "Backport PR approval", "Thanks!", "hello", "ok"],
)
def test_a_new_topic_and_small_talk_are_not_glued_to_the_question_before(question: str) -> None:
    assert stand_alone(question, [PIP]) == (question, False)


@pytest.mark.parametrize(
    ("earlier", "question"),
    [
        ("Was ist ein Simplex?", "Wann ist X zusammenhängend?"),  # C031
        ("有給休暇は何日ありますか？", "申請はいつまでに誰に提出しますか？"),  # C029
        ("我有多少天年假？", "谁审批差旅费？"),
        ("我有多少天年假？", "离职通知期"),
        ("ฉันมีวันลาพักร้อนกี่วัน", "ใครเป็นผู้อนุมัติค่าเดินทาง"),
        ("Combien de jours de congé ai-je ?", "préavis de démission"),
        ("¿Qué es el permiso parental?", "¿Quién aprueba los gastos de viaje?"),
        ("Tôi có bao nhiêu ngày nghỉ phép?", "Ai phê duyệt chi phí đi lại?"),
        ("كم يوم إجازة لدي؟", "من يوافق على نفقات السفر؟"),
    ],
)
def test_no_language_glues_what_stands_alone(earlier: str, question: str) -> None:
    assert stand_alone(question, [earlier]) == (question, False)


@pytest.mark.parametrize(
    ("earlier", "question", "understood"),
    [
        (PIP, "And for contractors?", "How long does a PIP last for contractors?"),
        ("Who approves travel in France?", "And in Germany?", "Who approves travel in Germany?"),
        ("What is parental leave?", "How long is it?", "How long is parental leave?"),
        ("What is parental leave?", "What are its costs?", "What are parental leave’s costs?"),
        ("What is parental leave?", "What are the requirements?", "parental leave: What are the requirements?"),
        ("What is parental leave?", "How many weeks?", "parental leave: How many weeks?"),
        ("What is the travel policy?", "Is this policy valid?", "the travel policy: Is this policy valid?"),
        (PIP, "And what happens after that?", f"{PIP} And what happens after that?"),  # C027
        (PIP, "Who decides about it?", f"{PIP} Who decides about it?"),
        ("Was ist Elternzeit?", "Wie lange dauert sie?", "Elternzeit: Wie lange dauert sie?"),
        ("Wie viele Tage habe ich?", "Und für Werkstudenten?", "Wie viele Tage habe ich für Werkstudenten?"),
        ("¿Qué es el permiso parental?", "¿Quién lo aprueba?", "el permiso parental: ¿Quién lo aprueba?"),
        (
            "Qu'est-ce que le télétravail ?",
            "Et pour les stagiaires ?",
            "Qu'est-ce que le télétravail pour les stagiaires?",
        ),
        ("我有多少天年假？", "那实习生呢？", "我有多少天年假？ 那实习生呢？"),
        (
            "有給休暇は何日ありますか？",
            "では、インターンの場合は？",
            "有給休暇は何日ありますか？ では、インターンの場合は？",
        ),
        ("ฉันมีวันลากี่วัน", "แล้วนักศึกษาฝึกงานล่ะ", "ฉันมีวันลากี่วัน? แล้วนักศึกษาฝึกงานล่ะ"),
        ("ما هي إجازة الأمومة؟", "كم مدتها؟", "إجازة الأمومة: كم مدتها؟"),
    ],
)
def test_a_follow_up_is_understood(earlier: str, question: str, understood: str) -> None:
    assert stand_alone(question, [earlier]) == (understood, True)


def test_a_chain_of_follow_ups_goes_back_to_its_beginning_and_past_small_talk() -> None:
    earlier = ["Who runs the office?", "What is parental leave?", "And for contractors?", "Thanks!"]
    understood, _ = stand_alone("And for interns?", earlier)
    assert understood == "What is parental leave for interns?"


def test_without_a_history_nothing_is_a_follow_up() -> None:
    assert stand_alone("How long is it?", []) == ("How long is it?", False)
