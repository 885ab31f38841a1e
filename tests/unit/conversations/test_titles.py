"""Titles of conversations: what the first question is about."""

import pytest

from conversations.titles import LONGEST_TITLE, title_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("When does the office in Lisbon open?", "When does the office in Lisbon open?"),
        ("Hi! Hope you are well. Could you please tell me how long a PIP lasts?", "How long a PIP lasts?"),
        ("hello,\nwhat is   the notice period? Thanks a lot!", "What is the notice period?"),
        ("Guten Tag, können Sie mir bitte sagen, wie lange die Elternzeit ist?", "Wie lange die Elternzeit ist?"),
        ("申請はいつまでに誰に提出しますか？", "申請はいつまでに誰に提出しますか？"),
        ("High winds and hierarchies", "High winds and hierarchies"),
        ("Thanks!", "Thanks!"),
        ("  \n ", ""),
    ],
)
def test_courtesies_are_left_out(question: str, title: str) -> None:
    assert title_of(question) == title


def test_a_long_question_is_cut_between_words() -> None:
    title = title_of("what is said about " + "the refund of a ticket " * 20)
    assert len(title) <= LONGEST_TITLE
    assert title.startswith("What is said about the refund")
    assert title.endswith("…")
    assert len(title_of("x" * 5000)) == LONGEST_TITLE
