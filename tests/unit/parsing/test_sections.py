"""Blocks to sections."""

from parsing.sections import MOST_CHARS, WANTED_CHARS, TextBlock, sections_of


def heading(text: str, level: int) -> TextBlock:
    """A heading."""
    return TextBlock("heading", text, level)


def prose(length: int, letter: str = "x") -> TextBlock:
    """A paragraph."""
    return TextBlock("paragraph", letter * length)


def test_long_parts_get_sections_of_their_own_with_their_path() -> None:
    sections = list(
        sections_of(
            [
                heading("Book", 1),
                heading("One", 2),
                prose(WANTED_CHARS),
                heading("Two", 2),
                prose(WANTED_CHARS),
                heading("Deep", 3),
                prose(WANTED_CHARS),
                heading("Other book", 1),
                prose(10),
            ]
        )
    )
    assert [section.path for section in sections] == [
        ("Book",),
        ("Book", "Two"),
        ("Book", "Two", "Deep"),
        ("Other book",),
    ]
    assert [section.number for section in sections] == [1, 2, 3, 4]
    assert sections[0].text.startswith("Book\n\nOne\n\nxxx")


def test_small_neighbours_share_a_section_and_what_their_paths_share() -> None:
    (section,) = sections_of(
        [heading("Book", 1), heading("One", 2), prose(50), heading("Two", 2), prose(50), heading("Three", 2), prose(50)]
    )
    assert section.path == ("Book",)


def test_blocks_are_runs_of_the_text() -> None:
    text_blocks = [heading("Title", 1), prose(30), TextBlock("list_item", "- milk"), TextBlock("table", "a | b\nc | d")]
    (section,) = sections_of(text_blocks)
    assert [(block.kind, section.text[block.start : block.end]) for block in section.blocks] == [
        (text_block.kind, text_block.text) for text_block in text_blocks
    ]


def test_no_section_is_huge_and_nothing_is_lost() -> None:
    words = " ".join(f"word{number}" for number in range(5000))
    sections = list(
        sections_of([prose(100), TextBlock("paragraph", words), prose(100, "y"), prose(MOST_CHARS * 2, "z")])
    )
    assert max(len(section.text) for section in sections) <= MOST_CHARS
    assert " ".join(section.text for section in sections).split()[1:5001] == words.split()
    assert sum(section.text.count("z") for section in sections) == MOST_CHARS * 2


def test_empty_blocks_make_no_section() -> None:
    assert list(sections_of([TextBlock("paragraph", "  \n"), TextBlock("heading", "", 1)])) == []
