"""Headings, tables and what stands above a chunk."""

from parsing.types import Block, Section

from core.settings import ChunkSettings
from parsing.sections import TextBlock, sections_of
from rag.types import Chunk
from tests.sections import cut, outline, pages, require_sound

SIZE = 300
SETTINGS = ChunkSettings(strategy="structure", size=SIZE, overlap=0)


def prose(subject: str, count: int) -> str:
    """Some sentences of 40 to 50 characters."""
    return " ".join(f"{subject} has rule number {number} that all keep." for number in range(count))


async def of(*text_blocks: tuple[str, str, int]) -> list[Chunk]:
    """The chunks of one section."""
    section = outline(*text_blocks)
    chunks = await cut([section], SETTINGS)
    require_sound(chunks, [section], SIZE)
    return chunks


async def test_no_chunk_reaches_over_a_heading_as_high_as_its_own() -> None:
    chunks = await of(
        ("heading", "Leave", 1),
        ("paragraph", "Short.", 0),
        ("heading", "Travel", 1),
        ("paragraph", "Short too.", 0),
    )
    assert [chunk.text for chunk in chunks] == ["Leave\n\nShort.", "Travel\n\nShort too."]
    assert [chunk.path for chunk in chunks] == [("Leave",), ("Travel",)]


async def test_small_topics_below_a_heading_share_its_chunk() -> None:
    chunks = await of(
        ("heading", "Leave", 1),
        ("paragraph", "In general.", 0),
        ("heading", "Parents", 2),
        ("paragraph", "Sixteen weeks.", 0),
        ("heading", "Illness", 2),
        ("paragraph", "As long as it takes.", 0),
        ("heading", "Travel", 1),
        ("paragraph", "Second class.", 0),
    )
    assert [chunk.path for chunk in chunks] == [("Leave",), ("Travel",)]
    assert chunks[0].text.endswith("As long as it takes.")


async def test_topics_that_do_not_fit_have_chunks_of_their_own_below_their_headings() -> None:
    chunks = await of(
        ("heading", "Leave", 1),
        ("paragraph", prose("Leave", 5), 0),
        ("heading", "Parents", 2),
        ("paragraph", prose("Everyone", 5), 0),
        ("heading", "Illness", 2),
        ("paragraph", "As long as it takes.", 0),
    )
    assert [chunk.path for chunk in chunks] == [("Leave",), ("Leave", "Parents"), ("Leave", "Illness")]


async def test_a_heading_stays_with_what_stands_below_it() -> None:
    chunks = await of(
        ("heading", "Handbook", 1),
        ("heading", "Leave", 2),
        ("paragraph", prose("Leave", 20), 0),
    )
    assert chunks[0].text.startswith("Handbook\n\nLeave\n\nLeave has rule number 0")
    assert len(chunks) > 2
    assert all(chunk.text.endswith("keep.") for chunk in chunks)
    assert all(chunk.path == ("Handbook", "Leave") for chunk in chunks[1:])


async def test_a_list_is_cut_between_its_items() -> None:
    items = [("list_item", f"- Item {number}: {'something to bring along ' * 2}", 0) for number in range(12)]
    chunks = await of(("heading", "What to bring", 1), *items)
    assert len(chunks) > 2
    assert all(chunk.text.startswith("- Item") for chunk in chunks[1:])


async def test_a_long_table_is_cut_between_rows_and_refers_to_its_header() -> None:
    header = "Country | Days | Notes"
    rows = "\n".join([header, *(f"Country {number} | {number} | as by law there" for number in range(40))])
    chunks = await of(("heading", "Leave by country", 1), ("table", rows, 0))
    assert len(chunks) > 3
    assert all(line.count(" | ") == 2 for chunk in chunks[1:] for line in chunk.text.split("\n"))
    assert chunks[0].path == ("Leave by country",)
    assert all(chunk.path == ("Leave by country", header) for chunk in chunks[1:])


async def test_rows_of_a_sheet_refer_to_its_first_row() -> None:
    lines = ["Name | Role", *(f"Person {number} | {'does things ' * 3}" for number in range(2, 20))]
    text, blocks = "", []
    for number, line in enumerate(lines, start=1):
        blocks.append(Block(kind="table", start=len(text), end=len(text) + len(line), locator=f"A{number}:B{number}"))
        text += line + "\n"
    section = Section(number=1, text=text, path=("Staff",), blocks=tuple(blocks))
    chunks = await cut([section], SETTINGS)
    require_sound(chunks, [section], SIZE)
    assert chunks[0].path == ("Staff",)
    assert all(chunk.path == ("Staff", "Name | Role") for chunk in chunks[1:])


async def test_rows_that_name_their_columns_need_no_header() -> None:
    rows = "\n".join(["Country | Days", *(f"Country: Land {number} | Days: {number} or more" for number in range(40))])
    chunks = await of(("heading", "Leave by country", 1), ("table", rows, 0))
    assert len(chunks) > 3
    assert {chunk.path for chunk in chunks} == {("Leave by country",)}


async def test_a_small_table_is_not_torn() -> None:
    table = "\n".join(f"Country {number} | {number} days | as by law" for number in range(6))
    chunks = await of(("heading", "Leave", 1), ("paragraph", prose("Leave", 4), 0), ("table", table, 0))
    assert chunks[-1].text == table


async def test_headings_of_unknown_level_part_topics() -> None:
    text = "Benefits\n\n" + "a " * 90 + "\n\nParental leave\n\n" + "b " * 90
    start = text.index("Parental")
    blocks = (Block(kind="heading", start=0, end=8), Block(kind="heading", start=start, end=start + 14))
    section = Section(number=1, text=text, path=("Handbook", "Benefits"), blocks=blocks)
    for strategy in ("structure", "recursive"):
        settings = ChunkSettings.model_validate({"strategy": strategy, "size": 200, "overlap": 40})
        paths = {chunk.text.strip()[:1]: chunk.path for chunk in await cut([section], settings)}
        assert paths["B"] == ("Handbook", "Benefits")
        assert paths["P"] == ("Handbook", "Benefits", "Parental leave")


async def test_the_path_is_that_of_the_outline() -> None:
    text_blocks = [
        TextBlock("heading", "Handbook", 1),
        TextBlock("heading", "Leave", 2),
        TextBlock("paragraph", prose("Leave", 6)),
        TextBlock("heading", "Parents", 3),
        TextBlock("paragraph", prose("Everyone", 6)),
        TextBlock("heading", "Travel", 2),
        TextBlock("paragraph", prose("Travel", 6)),
    ]
    chunks = await cut(list(sections_of(text_blocks)), SETTINGS)
    assert [chunk.path for chunk in chunks if chunk.text[0] not in "LE" or chunk.text.startswith("Leave\n")] == [
        ("Handbook",),
        ("Handbook", "Leave", "Parents"),
        ("Handbook", "Travel"),
    ]


async def test_markdown_marks_are_headings_where_the_parser_told_of_no_blocks() -> None:
    chunks = await cut(pages("# Leave\n\nShort.\n\n# Travel\n\nShort too."), SETTINGS)
    assert [chunk.text for chunk in chunks] == ["# Leave\n\nShort.", "# Travel\n\nShort too."]
