"""Sentences that say that nothing is said."""

import pytest

from rag.grounding.silence import is_silence, without_silence


@pytest.mark.parametrize(
    "text",
    [
        "The sources do not say how long it lasts.",
        "The provided documents don't mention parking.",
        "Your documents contain nothing about that, and the context does not include it.",
        "How long it lasts is not specified in the documents.",
        "There is no information about parking.",
        "I could not find an answer.",
        "Die Quellen sagen dazu nichts.",
        "Les documents ne le disent pas.",
        "Las fuentes no lo mencionan.",
        "Các tài liệu không nói về điều này.",
        "เอกสารไม่ได้กล่าวถึงเรื่องนี้",
        "文档中没有提到这一点。",
        "المصادر لا تذكر ذلك.",
    ],
)
def test_silence(text: str) -> None:
    assert is_silence(text)


@pytest.mark.parametrize(
    "text",
    [
        "Visitors must not enter without a badge.",
        "Documents without a signature are sent back.",
        "The documents do not mention the 4312 visitors.",  # a figure is a claim
        "The sources do not say how long, but it is fully paid.",
        "Employees receive 25 days.",
    ],
)
def test_a_claim_is_no_silence(text: str) -> None:
    assert not is_silence(text)


def test_what_is_said_besides() -> None:
    assert without_silence("The sources do not say how long, but it is fully paid.") == "it is fully paid."
    assert without_silence("Leave is long, but it is not paid.") == "Leave is long, but it is not paid."
