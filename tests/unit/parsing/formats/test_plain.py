"""Plain text to paragraphs."""

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
