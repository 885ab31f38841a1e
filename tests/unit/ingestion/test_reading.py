"""What is noted of a document while it is read."""

from ingestion.indexing.reading import MOST_HIDDEN, MOST_WARNINGS, Reading
from ingestion.types import DocumentWarning
from parsing.types import Section


def test_hidden_text_takes_no_place_of_parts_that_could_not_be_read() -> None:
    reading = Reading()
    for number in range(1, 300):
        reading.add(Section(number=number, page=number, text="", hidden="Hidden text was left out."))
    for number in range(300, 600):
        reading.add(Section(number=number, page=number, text="", warning="Damaged."))
    kinds = [warning.kind for warning in reading.warnings]
    assert (kinds.count("hidden"), kinds.count("unread")) == (MOST_HIDDEN, MOST_WARNINGS)
    assert reading.page_count == 599


def test_what_was_stored_before_there_were_kinds_is_unread() -> None:
    assert DocumentWarning.model_validate({"page": 7, "message": "Damaged."}).kind == "unread"
