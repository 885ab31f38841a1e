"""People in CSV files: what is read, and what is said of what is wrong."""

import time

import pytest

from accounts.people.bulk import MOST_ROWS, MOST_TOLD, read, text_of
from core.access import Role
from core.errors import Invalid

TIERS = ("plus", "standard")


def sentences(text: str) -> list[tuple[int, str]]:
    return read(text, TIERS)[1].told


def test_all_columns_are_read() -> None:
    rows, problems = read(
        "username,name,email,role,groups,tier\nAnn,Ann Lee,ann@example.org,Admin,Sales; Europe,plus\n", TIERS
    )
    assert not problems.count
    [row] = rows
    assert (row.line, row.username) == (2, "ann")
    fields = row.fields
    assert (fields.display_name, fields.email, fields.role, fields.tier) == (
        "Ann Lee",
        "ann@example.org",
        Role.ADMIN,
        "plus",
    )
    assert fields.groups == ("Sales", "Europe")


@pytest.mark.parametrize(
    "text",
    [
        "username;name\nann;Ann\n",
        "username\tname\r\nann\tAnn",
        'Name,USERNAME\n"Ann",ann\n\n',
        "name,username\nAnn,ann\n,\n",
    ],
    ids=["semicolons", "tabs", "other order", "blank lines"],
)
def test_what_spreadsheets_save_is_read(text: str) -> None:
    [row] = read(text, TIERS)[0]
    assert (row.username, row.fields.display_name, row.fields.role, row.fields.tier) == (
        "ann",
        "Ann",
        Role.USER,
        "standard",
    )


def test_lines_are_counted_from_the_top_of_the_file() -> None:
    assert [line for line, _ in sentences("\n\nusername\nann\na b\n")] == [5]


def test_every_bad_line_has_its_sentence() -> None:
    text = "username,email,role,tier\na b,,,\nann,nonsense,,\nbob,,king,\neve,,,gold\nolga,,,\nOLGA,,,\nkim,,,,more\n"
    found = sentences(text)
    assert [line for line, _ in found] == [2, 3, 4, 5, 7, 8]
    assert found[4][1] == "olga is also in line 6."
    assert all(sentence.endswith(".") for _, sentence in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name the columns"),
        ("name\nAnn\n", "name the columns"),
        ("username,shoe size\nann,9\n", "shoe size"),
        ("username,username\nann,ann\n", "each once"),
        ("username\n\n", "nobody in the file"),
        ('username,name\nann,"Ann\n', "quotation marks"),
        ("username\n" + "x\n" * (MOST_ROWS + 1), "more than 10,000"),
    ],
    ids=["empty", "no username", "unknown column", "twice", "nobody", "quote", "too many"],
)
def test_what_is_no_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read(text, TIERS)


def test_ten_thousand_bad_lines_are_told_in_a_hundred_sentences() -> None:
    text = "username,email\n" + "a b,nonsense\n" * MOST_ROWS
    started = time.process_time()
    rows, problems = read(text, TIERS)
    assert time.process_time() - started < 5
    assert (len(rows), len(problems.told), problems.count, problems.untold) == (
        0,
        MOST_TOLD,
        MOST_ROWS,
        MOST_ROWS - MOST_TOLD,
    )


def test_bytes_are_utf_8() -> None:
    assert text_of("\ufeffusername\nännchen".encode()) == "username\nännchen"
    assert text_of(b"a\0b") == "ab"
    for content in ("ä".encode("latin-1"), "username".encode("utf-16"), b"x" * 2_000_000):
        with pytest.raises(Invalid):
            text_of(content)
