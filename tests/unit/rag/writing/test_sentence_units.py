"""What of a source can be quoted by itself."""

from rag.grounding.passage import Passage
from rag.writing.sentence_choice.question import asked_question
from rag.writing.sentence_choice.ranking import by_words
from rag.writing.sentence_choice.units import Unit, is_quotable, units_of
from tests.chunks import chunk, sources


def units(text: str) -> list[Unit]:
    return units_of(Passage(sources(text)[0]), 0)


def test_headings_captions_and_authors_are_not_quotable() -> None:
    text = (
        "Sharing your pronouns\n\nJane Doe, John Smith, and Ada Lovelace\n\nFigure 3: The office in spring.\n\nPage 3 of 10\n\n"
        "Colleagues may share their pronouns on the team page."
    )
    assert [unit.text for unit in units(text) if is_quotable(unit)] == [
        "Colleagues may share their pronouns on the team page."
    ]


def test_a_unit_knows_the_heading_above_it() -> None:
    assert units("Opening hours\n\nThe desk opens at eight.")[1].heading == "Opening hours"


def test_a_sentence_with_a_colon_announces_all_items_below_it() -> None:
    made = units(
        "To raise a concern, follow these steps:\n\n- Open Convercent.\n\n- Choose a topic.\n\nNobody is punished for it."
    )
    assert [unit.lead for unit in made] == [None, 0, 0, None]


def test_a_row_is_one_unit_whatever_its_cells_hold() -> None:
    text = "County | Notice\nSan Diego | Closed. Reopens in May. See p. 3\nEncinitas | Open"
    made = units(text)
    assert [unit.text for unit in made] == text.splitlines()
    assert [unit.lead for unit in made] == [None, 0, 0]


def test_a_line_above_a_table_stays_a_sentence() -> None:
    assert [unit.kind for unit in units("These are the rates.\nCountry | Days\nSpain | 22")] == ["prose", "row", "row"]


def test_a_heading_in_the_path_is_never_quoted() -> None:
    source = sources("x")[0].model_copy(
        update={"chunk": chunk("Leave, and how to take it.\n\nAsk for it.", path=("Leave, and how to take it.",))}
    )
    assert [unit.kind for unit in units_of(Passage(source), 0)] == ["heading", "prose"]


MAIL = "Date: Mon, 4 May 2026 09:00:00 +0200\nSubject: Order\n\nThe guarantee of the pump lasts thirty months. Call us."


def possible(question: str) -> list[str]:
    """The units that may answer it."""
    made = units(MAIL)
    return [unit.text for unit in by_words(asked_question(question, made), [made])]


def test_the_head_of_a_mail_answers_only_what_asks_for_it() -> None:
    head = "Date: Mon, 4 May 2026 09:00:00 +0200 Subject: Order"
    assert head not in possible("How long does the guarantee of the pump last?")
    assert head in possible("When was the mail sent?")
    assert head in possible("How is the order named in the subject?")
