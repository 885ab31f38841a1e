"""Plain text to paragraphs."""

import pytest

from parsing.formats.text.plain import text_blocks


def blocks(text: str) -> list[tuple[str, str]]:
    """Kind and text of each."""
    return [(text_block.kind, text_block.text) for text_block in text_blocks(text)]


def test_wrapped_lines_are_joined() -> None:
    assert blocks("A paragraph that\nwas wrapped by a program.\n\n \nAnother one.") == [
        ("paragraph", "A paragraph that was wrapped by a program."),
        ("paragraph", "Another one."),
    ]


def test_lists_keep_their_items() -> None:
    text = "We pack these things:\n* a tent that\n  holds two\n• a stove\n\n1. Walk.\n2.1) Rest.\n(a) Eat."
    assert blocks(text) == [
        ("paragraph", "We pack these things:"),
        ("list_item", "- a tent that holds two"),
        ("list_item", "- a stove"),
        ("list_item", "1. Walk."),
        ("list_item", "2.1) Rest."),
        ("list_item", "(a) Eat."),
    ]


def test_what_looks_like_a_list_and_is_none() -> None:
    assert blocks("Mr. Tern saw\n-3 degrees at 5.30 in the morning.") == [
        ("paragraph", "Mr. Tern saw -3 degrees at 5.30 in the morning.")
    ]


def test_verses_tables_and_logs_keep_their_lines() -> None:
    assert blocks("Larkspur Observatory\nNorth Road 5\nBergen\n\nText.")[:3] == [
        ("paragraph", "Larkspur Observatory"),
        ("paragraph", "North Road 5"),
        ("paragraph", "Bergen"),
    ]
    table = "Kind of leave that one takes    Days\nannual leave of all people      28"
    assert [text for _, text in blocks(f"{table}\n\nText.")] == [*table.split("\n"), "Text."]
    log = "\n".join(f"2024-05-20 10:00 the wardens counted the terns, number {number}" for number in range(50))
    assert [text for _, text in blocks(log)] == log.split("\n")
    assert [text_block.gap for text_block in text_blocks(log)] == ["\n"] * 50


def test_nothing_gives_nothing() -> None:
    assert blocks(" \n\n \n") == []


@pytest.mark.parametrize(
    "lines",
    [
        [
            "2026-01-01 10:00:00,123 INFO Pump 7 started and runs",
            "2026-01-01 10:00:01,123 ERROR Pump 7 has failed with E-44",
        ],
        [
            "Jan  4 10:11:12 host sshd[44]: a session was opened",
            "Jan 14 10:11:13 host sshd[44]: a session was closed again",
        ],
        [
            '127.0.0.1 - - [10/Oct/2026:13:55:36 -0700] "GET /a HTTP/1.1"',
            '127.0.0.1 - - [10/Oct/2026:13:55:37 -0700] "GET /b HTTP/1.1"',
        ],
        [
            "[12.03.26, 10:00:01] Ada: When is the inspection of the crane?",
            "[12.03.26, 10:00:09] Bo: On 17 June in hall 3, with the book.",
        ],
        [
            "12/03/2026, 10:00 - Ada: When is the inspection of it?",
            "12/03/2026, 10:01 - Bo: On 17 June in hall 3, with the book.",
        ],
    ],
)
def test_entries_of_logs_and_chats_stand_each_on_its_line(lines: list[str]) -> None:
    assert blocks("\n".join(lines)) == [("paragraph", line) for line in lines]


def test_a_date_that_begins_a_wrapped_line_makes_no_log() -> None:
    assert blocks("The ship left the harbour of Larkfield on\n2026-01-01 10:00 and came back\non the next day.") == [
        ("paragraph", "The ship left the harbour of Larkfield on 2026-01-01 10:00 and came back on the next day.")
    ]


def test_what_a_mail_answers_has_its_own_paragraphs() -> None:
    text = "On Monday Bo wrote:\n> The crane inspection of hall 3\n> is on 17 June.\n>\n> Bring the book.\n>> When is it?\nYes, I will."
    assert blocks(text) == [
        ("paragraph", "On Monday Bo wrote:"),
        ("paragraph", "> The crane inspection of hall 3 is on 17 June."),
        ("paragraph", "> Bring the book."),
        ("paragraph", ">> When is it?"),
        ("paragraph", "Yes, I will."),
    ]
