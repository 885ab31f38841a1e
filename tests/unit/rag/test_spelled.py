"""The words of a question as other texts may spell them."""

import pytest

from rag.terms import spelled


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many days of leave do employees get?", ["many", "day", "leav", "employe", "get"]),
        ("Wie lange ist die Kündigungsfrist?", ["wie", "lang", "ist", "die", "kündigungsfrist"]),
        ("年次休暇は何日？", ["年次", "次休", "休暇", "暇は", "は何", "何日"]),
        ("วันลากี่วัน", ["วัน", "ลาก"]),
        ("50 % of _ \\ ' all", ["50"]),
        ("", []),
    ],
)
def test_they_are_found_in_texts(question: str, words: list[str]) -> None:
    assert spelled(question) == words
