"""Whatever a parser gives back can be stored and shown, and words and blocks stand where they stood."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DocumentUnreadable
from parsing.edits import Edit, edited
from parsing.sandbox import frames, wire
from parsing.sandbox.parent import Child, Patience
from parsing.storable import storable_line, storable_section
from parsing.types import Block, Section, Word

BOX = (0.25, 0.25, 0.5, 0.5)
REFUSED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
ODD = st.one_of(st.characters(max_codepoint=0x9F), st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF))
ANY_TEXT = st.text(st.one_of(st.characters(), ODD, st.sampled_from("ab .\n\ud83d\ude00")), max_size=40)


@st.composite
def sections(draw: st.DrawFn) -> Section:
    """Sections of any characters, with words and blocks anywhere in them."""
    text = draw(ANY_TEXT)
    offsets = st.integers(0, len(text))
    spans = [sorted(span) for span in draw(st.lists(st.tuples(offsets, offsets), max_size=6))]
    words = [Word(start, end, BOX) for start, end in spans if start < end]
    blocks = [Block(kind="table", start=word.start, end=word.end, locator=draw(st.none() | ANY_TEXT)) for word in words]
    return Section(
        number=1,
        text=text,
        path=tuple(draw(st.lists(ANY_TEXT, max_size=3))),
        words=tuple(words),
        blocks=tuple(blocks),
        warning=draw(st.none() | ANY_TEXT),
        hidden=draw(st.none() | ANY_TEXT),
    )


def strings_of(section: Section) -> list[str]:
    """Every text in it."""
    locators = [text for block in section.blocks for text in (block.kind, block.locator)]
    return [text for text in (section.text, *section.path, section.warning, section.hidden, *locators) if text]


@given(sections())
def test_every_string_of_a_section_can_be_stored_and_shown(section: Section) -> None:
    safe = storable_section(section)
    assert not any(REFUSED.search(text) for text in strings_of(safe))
    assert storable_section(safe) == safe
    assert safe.text == storable_line(section.text)
    if not any(REFUSED.search(text) for text in strings_of(section)):
        assert safe == section


@given(sections())
def test_words_and_blocks_stand_on_the_same_characters(section: Section) -> None:
    safe = storable_section(section)
    for before, after in ((section.words, safe.words), (section.blocks, safe.blocks)):
        whole = [one for one in before if not _cuts_a_pair(section.text, one.start, one.end)]
        wanted = [text for one in whole if (text := storable_line(section.text[one.start : one.end]))]
        found = [safe.text[one.start : one.end] for one in after]
        assert all(found)
        if len(whole) == len(before):
            assert found == wanted


def _cuts_a_pair(text: str, *offsets: int) -> bool:
    return any(re.fullmatch("[\ud800-\udbff][\udc00-\udfff]", text[max(at - 1, 0) : at + 1]) for at in offsets)


@given(sections())
def test_no_section_breaks_the_wire(section: Section) -> None:
    safe = storable_section(section)
    sent = frames.pack({"section": wire.to_message(safe)})
    assert wire.to_section(frames.unpack(sent[frames.LENGTH.size :])["section"]) == safe


@given(sections())
def test_a_child_is_not_trusted_to_have_cleaned_its_text(section: Section) -> None:
    received = wire.to_section(wire.to_message(section))
    assert not any(REFUSED.search(text) for text in strings_of(received))


async def test_the_sentence_of_a_refusal_can_be_stored() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(frames.pack({"unreadable": "odd\0\x01.zip: It is damaged."}))
    child = Child(reader, None, reader)  # type: ignore[arg-type]
    with pytest.raises(DocumentUnreadable) as raised:
        await anext(child.messages(Patience(5)))
    assert raised.value.message == "odd.zip: It is damaged."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("page one\x0cpage two\x0bline", "page one\npage two\nline"),
        ("Ann\x1f17\x1eBo", "Ann 17 Bo"),
        ("don\x92t \x93quote\x94\x85next", "don’t “quote”\nnext"),
        ("a\x07b\x1b[0m\x7f\x81", "ab[0m"),
        ("tab\tline\r\nstays", "tab\tline\r\nstays"),
    ],
)
def test_control_characters_become_what_they_stand_for(text: str, shown: str) -> None:
    assert storable_line(text) == shown


def test_words_that_lose_all_their_characters_are_left_out() -> None:
    words = (Word(0, 2, BOX), Word(2, 5, BOX), Word(5, 7, BOX))
    safe = storable_section(Section(number=1, text="\0\0abc\ud83d\ude00", words=words))
    assert (safe.text, safe.words) == ("abc😀", (Word(0, 3, BOX), Word(3, 4, BOX)))


def test_edits_of_any_length_move_what_follows() -> None:
    section = Section(number=1, text="one two three", words=(Word(0, 3, BOX), Word(4, 7, BOX), Word(8, 13, BOX)))
    moved = edited(section, [Edit(0, 3, "fifteen"), Edit(4, 8)])
    assert moved.text == "fifteen three"
    assert [moved.text[word.start : word.end] for word in moved.words] == ["fifteen", "three"]
    assert edited(section, []) is section
