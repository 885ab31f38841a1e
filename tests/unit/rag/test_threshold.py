"""What is evidence in a language that the embedding model does not know."""

from rag.retrieval.candidates import Candidate
from rag.retrieval.threshold import relevant
from tests.chunks import chunk

QUESTION = "ลาพักร้อนได้กี่วันต่อปี"
ANSWER = "พนักงานลาพักร้อนได้ยี่สิบห้าวันต่อปี"
OTHERS = ("สำนักงานเปิดเวลาแปดโมงครึ่ง", "ผู้เยี่ยมชมต้องติดป้าย", "ข้อมูลสำรองเก็บไว้ที่แฟรงก์เฟิร์ต", "ค่าใช้จ่ายต้องได้รับอนุมัติ")


def candidates(*texts: str, similarity: float = 0.8) -> list[Candidate]:
    """As found by a model to which all these texts are alike."""
    return [Candidate(chunk(text, index=number), ((0, similarity),)) for number, text in enumerate(texts)]


def texts(found: list[Candidate]) -> list[str]:
    return [candidate.chunk.text for candidate in found]


def test_words_stand_in_for_meaning() -> None:
    assert texts(relevant([QUESTION], candidates(ANSWER, *OTHERS), 0.30, language_coverage=[0.0])) == [ANSWER]
    assert texts(relevant([QUESTION], candidates(ANSWER), 0.30, language_coverage=[0.0])) == [ANSWER]


def test_what_is_merely_alike_is_no_evidence() -> None:
    assert relevant([QUESTION], candidates(*OTHERS), 0.30, language_coverage=[0.0]) == []
    assert len(relevant([QUESTION], candidates(*OTHERS), 0.30, language_coverage=[1.0])) == len(OTHERS)


def test_words_that_all_candidates_say_are_no_lead() -> None:
    crowd = [f"พนักงาน {number} ลาพักร้อนได้" for number in range(20)]
    assert relevant(["พนักงานลาพักร้อนได้"], candidates(*crowd), 0.30, language_coverage=[0.0]) == []


def test_a_word_that_few_candidates_have_counts_more() -> None:
    question = "When does the zeppelin leave on working days?"
    plain = candidates(
        *(f"The ferry number {number} does leave on working days at noon." for number in range(12)), similarity=0.35
    )
    rare = Candidate(chunk("It is 10:30 that the zeppelin goes.", index=20), ((0, 0.42),))
    assert relevant([question], [*plain, rare], 0.36)[-1] == rare
    others = candidates(*(f"The ferry number {number} goes at noon." for number in range(12)), similarity=0.35)
    assert relevant([question], others, 0.36) == []


def test_a_known_language_is_judged_by_meaning() -> None:
    found = candidates("How many days? The kitchen is on the third floor.", similarity=0.1)
    assert relevant(["How many days of vacation?"], found, 0.30) == []
    assert relevant(["How many days of vacation?"], found, 0.30, language_coverage=[0.0]) == found


def test_small_words_of_another_language_do_not_hide_the_one_word_that_matters() -> None:
    question, page = (
        "Wie lange ist die Kündigungsfrist?",
        "How do I return an item? Die Kündigungsfrist beträgt sechs Wochen.",
    )
    assert texts(relevant([question], candidates(page, similarity=0.2), 0.30, language_coverage=[0.7])) == [page]
    other = page.replace("Kündigungsfrist", "Lieferzeit")
    assert relevant([question], candidates(other, similarity=0.2), 0.30, language_coverage=[0.7]) == []
