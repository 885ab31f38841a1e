"""What becomes of the pages of a file when children are lost, and what of a section on its way."""

import pytest
from parsing.types import Block, Section, Word

from core.errors import DocumentUnreadable
from parsing.sandbox import wire
from parsing.sandbox.page_by_page import MOST_LOST, PageByPage
from parsing.sandbox.parent import ChildLost, Patience
from parsing.sniff.mime import DOCX, PDF


def reading(mime_type: str = PDF, *, cpu_s: float = 100, pages: int | None = 9) -> PageByPage:
    """A file of nine pages that was opened."""
    progress = PageByPage(mime_type, Patience(300, 30), cpu_s, page_cpu_s=20)
    if pages:
        progress.opened(pages)
    return progress


def lost(*, is_out_of_time: bool = False) -> ChildLost:
    """A child that ended too soon."""
    return ChildLost("The file is bad.", "it is bad", "test", is_out_of_time=is_out_of_time)


def page(number: int, text: str = "Terns") -> Section:
    """A page that was read."""
    return Section(number=number, page=number, text=text)


def test_a_lost_page_is_named_and_the_next_child_begins_after_it() -> None:
    progress = reading()
    progress.read(page(1), 0.5)
    (gone,) = progress.lose(lost())
    assert (gone.page, gone.text, gone.warning) == (2, "", "Page 2 could not be read: it is bad.")
    assert progress.task["first_page"] == 3
    assert not progress.is_through


def test_after_too_many_the_rest_is_given_up() -> None:
    progress = reading()
    progress.read(page(1), 0.5)
    for _ in range(MOST_LOST):
        assert len(list(progress.lose(lost()))) == 1
    rest = list(progress.lose(lost()))
    assert [section.page for section in rest] == [7, 8, 9]
    assert [section.warning for section in rest] == ["Pages 7 to 9 could not be read: it is bad.", None, None]
    assert progress.is_through
    progress.require_text()


def test_computing_time_is_the_files_not_the_childs() -> None:
    progress = reading(cpu_s=30)
    progress.read(page(1), 8.0)
    assert len(list(progress.lose(lost(is_out_of_time=True)))) == 1
    assert progress.task["cpu_s"] == 2
    assert len(list(progress.lose(lost(is_out_of_time=True)))) == 7


def test_a_page_to_be_recognised_adds_time() -> None:
    progress = reading(cpu_s=30)
    progress.recognising(200)
    assert progress.task["cpu_s"] == 50
    assert progress.patience.file_s == 500


@pytest.mark.parametrize(("mime_type", "pages"), [(PDF, None), (DOCX, 9)])
def test_without_pages_the_file_is_lost(mime_type: str, pages: int | None) -> None:
    with pytest.raises(ChildLost, match="The file is bad"):
        list(reading(mime_type, pages=pages).lose(lost()))


def test_pages_without_text_are_no_document() -> None:
    progress = reading(pages=2)
    progress.read(page(1, " \n"), 0.1)
    list(progress.lose(lost()))
    assert progress.is_through
    with pytest.raises(DocumentUnreadable, match="The file is bad"):
        progress.require_text()


def test_a_section_arrives_as_it_left() -> None:
    section = Section(
        number=3,
        text="Twelve terns",
        page=3,
        path=("Birds",),
        width=612,
        height=792,
        words=(Word(start=0, end=6, box=(0.125, 0.25, 0.5, 0.375)),),
        blocks=(Block(kind="table", start=0, end=12, locator="A2:D2"),),
        warning="Page 3 could not be read: it is bad.",
    )
    assert wire.to_section(wire.to_message(section)) == section


def test_words_that_cannot_be_are_left_out() -> None:
    nan = float("nan")
    for start, end, box in [
        (5, 99, (0, 0, 1, 1)),
        (2, 2, (0, 0, 1, 1)),
        (0, 1, (0, 0, nan, 1)),
        (0, 1, (0.5, 0, 0.1, 1)),
    ]:
        word = Word(start=start, end=end, box=box)
        message = wire.to_message(Section(number=1, text="Terns").model_copy(update={"words": (word,)}))
        assert wire.to_section(message).words == ()
    with pytest.raises(ValueError, match="half a word"):
        wire.to_section(wire.to_message(Section(number=1, text="Terns")) | {"words": b"123"})


def test_a_page_of_a_book_in_one_is_refused() -> None:
    message = wire.to_message(Section(number=4, page=4, text="a" * (wire.MOST_CHARS + 1)))
    assert message["text"] == ""
    assert message["warning"] == "Page 4 could not be read: it holds more text than a page can."
