"""Texts whose lines are their meaning: sources, calendars, cards, subtitles, tables cut by tabs and by rare separators."""

import pytest

from parsing.formats.text.csv import separator_of
from parsing.types import Section
from tests.unit.parsing.formats.conftest import Read

YAML = """# harbour cluster
ferry:
  name: night-boat
  limits:
    cars: 40
    bikes: 12
  stops:
    - name: Mossby
      minutes: 7
"""
PYTHON = '''"""Fares."""

def fare(distance: int, child: bool) -> float:
    """Children pay 40 percent below 30 miles."""
    if child and distance < 30:
        return distance * 0.4
    return distance


class Ticket:
\tvalid = 7
'''


def text_of(sections: list[Section]) -> str:
    """All of it."""
    return "\n\n".join(section.text for section in sections)


def located(sections: list[Section]) -> list[tuple[str | None, str]]:
    """Place and text of each block that is no heading."""
    return [
        (block.locator, section.text[block.start : block.end])
        for section in sections
        for block in section.blocks
        if block.kind != "heading"
    ]


def test_settings_keep_their_indents(read: Read) -> None:
    (section,) = read(YAML.encode(), "ferry.yaml")
    assert section.text == YAML.rstrip()
    assert {block.kind for block in section.blocks} == {"code"}


@pytest.mark.parametrize("filename", ["fare.py", "fare.PY", "fare.txt"])
def test_sources_keep_their_lines_also_as_text(read: Read, filename: str) -> None:
    text = text_of(read(PYTHON.encode(), filename))
    assert "    if child and distance < 30:\n        return distance * 0.4\n    return distance" in text
    assert "class Ticket:\n    valid = 7" in text


@pytest.mark.parametrize(
    ("filename", "source", "lines"),
    [
        ("web.conf", "server {\n    listen 1;\n    location /tide {\n        return 2;\n    }\n}", "    location /tide {\n        ret"),
        ("Makefile", "tide: gauge.c\n\tcc -o tide gauge.c\n", "tide: gauge.c\n    cc -o"),
        ("query.sql", "SELECT name,\n       depth\n  FROM berths\n WHERE depth > 14;", "SELECT name,\n       depth\n  FROM"),
        ("terns.rst", "Terns\n=====\n\n.. code::\n\n    count = 12\n    pairs = 6\n", "    count = 12\n    pairs = 6"),
        ("app.ini", "[gate]\nopens = 07:30\ncloses = 19:00\n", "[gate]\nopens = 07:30\ncloses"),
        ("page.php", "<html>\n<?php\n  echo 'gate';\n?>\n</html>", "<?php\n  echo 'gate';"),
    ],
)  # fmt: skip
def test_lines_stay_as_they_are(read: Read, filename: str, source: str, lines: str) -> None:
    assert lines in text_of(read(source.encode(), filename))


def test_long_sources_are_cut_where_something_begins(read: Read) -> None:
    source = "".join(f"def fare_{number}():\n" + "    count = 1\n" * 30 + "\n" for number in range(40))
    sections = read(source.encode(), "fares.py")
    blocks = located(sections)
    assert all(text.startswith("def fare_") for _, text in blocks)
    assert blocks[1][0] == "line 33"
    assert text_of(sections).count("    count = 1") == 1200


def test_a_line_without_end_is_no_trouble(read: Read) -> None:
    sections = read(b"var tide=[" + b"1234567," * 20_000 + b"];", "tide.min.js")
    assert sum(len(section.text) for section in sections) > 150_000


def test_wrapped_prose_is_still_joined(read: Read) -> None:
    prose = "   The gate opens at half past\nseven, and the wardens count\nthe terns until noon."
    assert (
        text_of(read(prose.encode(), "gate.txt"))
        == "The gate opens at half past seven, and the wardens count the terns until noon."
    )


CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Harbour watch\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Oslo\r\nBEGIN:STANDARD\r\n"
    "DTSTART:19701025T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:7@x\r\nDTSTART;TZID=Europe/Oslo:20260914T093000\r\n"
    "DTEND:20260914T110000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231\r\nSUMMARY:Boat drill\r\n"
    "DESCRIPTION:We meet behind the lightho\r\n use\\, at the slip.\\nBring ropes.\r\n"
    'ORGANIZER;CN="Dahl; Ines":mailto:ines@example.org\r\nATTENDEE;CN=Bo:MAILTO:bo@example.org\r\n'
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Alarm text\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    "BEGIN:VTODO\r\nDUE;VALUE=DATE:20261002\r\nSUMMARY:Paint the buoy\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize("filename", ["drill.ics", "drill.txt", "drill"])
def test_calendars_are_read_entry_by_entry(read: Read, filename: str) -> None:
    (section,) = read(CALENDAR.encode(), filename)
    assert section.text == (
        "Harbour watch\n\nBoat drill\nStart: 2026-09-14 09:30 (Europe/Oslo)\nEnd: 2026-09-14 11:00 UTC\n"
        "Repeats: weekly, byday MO, until 2026-12-31\nDescription: We meet behind the lighthouse, at the slip.\nBring ropes.\n"
        "Organizer: Dahl; Ines (ines@example.org)\nAttendee: Bo (bo@example.org)\n\nPaint the buoy\nDue: 2026-10-02"
    )
    assert [place for place, _ in located([section])] == ["entry 1", "entry 2"]


def test_a_fold_within_a_character_is_undone(read: Read) -> None:
    folded = "SUMMARY:Überfahrt nach Ärö".encode().replace("Ä".encode(), b"\xc3\r\n \x84")
    assert "Überfahrt nach Ärö" in text_of(
        read(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + folded + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "a.ics")
    )


def test_a_calendar_that_is_cut_off_is_read_to_its_end(read: Read) -> None:
    assert "Boat drill" in text_of(read(CALENDAR[: CALENDAR.index("BEGIN:VALARM")].encode(), "a.ics"))


CARDS = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:K=C3=B6hler;Zo=C3=AB\r\n"
    "TEL;WORK;VOICE:+47 555 0101\r\nADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Kaigata 5=\r\n, Hof;M=C3=B8ssby;;4711;\r\n"
    "PHOTO;JPEG;ENCODING=BASE64:/9j/4AAQSkZJRg\r\n ABAQAAAQABAAD\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Bo Dahl\r\nitem1.EMAIL;TYPE=work:bo@example.org\r\nORG:Harbour\\, Ltd;Pilots\r\n"
    "NOTE:Knows the reef.\\nSpeaks Greek.\r\nEND:VCARD\r\n"
)


@pytest.mark.parametrize("filename", ["crew.vcf", "crew.txt"])
def test_cards_are_read_person_by_person(read: Read, filename: str) -> None:
    text = text_of(read(CARDS.encode(), filename))
    assert text == (
        "Zoë Köhler\nPhone (work): +47 555 0101\nAddress (home): Kaigata 5, Hof, Møssby, 4711\nPhoto: a picture, not read\n\n"
        "Bo Dahl\nE-mail (work): bo@example.org\nOrganisation: Harbour, Ltd, Pilots\nNote: Knows the reef.\nSpeaks Greek."
    )


SPOKEN = "The council bought the old mill for 3.2 million."


@pytest.mark.parametrize(
    "subtitles",
    [
        "1\n00:00:01,000 --> 00:00:04,000\nThe council bought\n\n2\n00:00:04,000 --> 00:00:07,000\nthe <i>old mill</i>\n\n"
        "3\n00:00:07,000 --> 00:00:09,000\nfor 3.2 million.\n",
        "WEBVTT - council\n\nNOTE made\nby hand\n\nSTYLE\n::cue {color: red}\n\nintro\n"
        "00:01.000 --> 00:04.000 align:start\nThe council bought\n\n"
        "00:04.000 --> 00:07.000\nthe <c.yellow>old mill</c>\n\nNOTE not said\n\n00:07.000 --> 00:09.000\nfor 3.2 million.\n",
        "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nThe council bought\n\n00:00:04.000 --> 00:00:07.000\nThe council bought\nthe old mill\n\n"
        "00:00:07.000 --> 00:00:09.000\nthe old mill\nfor 3.2 million.\n",
        "0:00:01.000,0:00:04.000\nThe council bought\n\n0:00:04.000,0:00:09.000\nthe old mill\nfor 3.2 million.\n",
        "[Script Info]\nTitle: x\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:04.00,Default,,0,0,0,,{\\an8}The council bought\n"
        "Dialogue: 0,0:00:04.00,0:00:09.00,Default,,0,0,0,,the old mill\\Nfor 3.2 million.\n",
    ],
    ids=["srt", "vtt", "rolling", "sbv", "ass"],
)  # fmt: skip
@pytest.mark.parametrize("filename", ["council.srt", "council.txt"])
def test_what_is_said_over_several_cues_is_one_sentence(read: Read, subtitles: str, filename: str) -> None:
    (section,) = read(subtitles.encode(), filename)
    assert section.text == SPOKEN
    assert section.blocks[0].locator in ("00:00:01", "0:00:01", "00:01")


def test_voices_and_pauses_part_what_is_said(read: Read) -> None:
    spoken = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Is it deep?\n\n00:03.000 --> 00:04.000\n<v Bo>Nine &amp; a half.\n\n"
        "00:30.000 --> 00:31.000\nThe end.\n"
    )
    assert located(read(spoken.encode(), "a.vtt")) == [
        ("00:01", "Ann: Is it deep?"),
        ("00:03", "Bo: Nine & a half."),
        ("00:30", "The end."),
    ]


def test_tables_cut_by_tabs_are_tables_whatever_they_are_called(read: Read) -> None:
    rows = "Part\tStock\tShelf\nNut\t39\tB-18\nBolt\t\tB-19\nRing\t4\tB-20\n"
    assert "Part: Ring | Stock: 4 | Shelf: B-20" in text_of(read(rows.encode(), "parts.txt"))
    within = f"Our stock is this.\n\n{rows}\nIt is counted in May."
    assert "Nut | 39 | B-18" in text_of(read(within.encode(), "parts.txt"))


@pytest.mark.parametrize(
    ("rows", "separator"),
    [
        ("name^city\nAda^Oslo\nBo^Lund", "^"),
        ("name~city~age\nAda~Oslo~4\nBo~Lund~7", "~"),
        ("name:city:berth\nAda:Oslo:K7\nBo:Lund:K8", ":"),
        ("root:x:0:0:/root\nbin:x:1:1:/bin", ":"),
        ("time\n10:30\n10:45", ","),
        ("key: value\nother: thing", ","),
        ("link\nhttps://example.org\nhttps://example.com", ","),
        ("a,b\n1^2,3\n4^5,6", ","),
        ("text|price\na^b|3\nc^d|4", "|"),
    ],
)
def test_separators_are_found_out(rows: str, separator: str) -> None:
    assert separator_of(rows) == separator


def test_rare_separators_name_the_columns(read: Read) -> None:
    assert "city: Malmö" in text_of(read("name^city^phone\nAda^Turku^555\nBo^Malmö^556".encode(), "a.csv"))


def wide(columns: int, rows: int) -> bytes:
    """A CSV file whose names of columns are longer than its numbers."""
    head = ",".join(f"sensor_{column:03}_temperature_celsius" for column in range(columns))
    return "\n".join(
        [head, *(",".join(str((row + column) % 97) for column in range(columns)) for row in range(rows))]
    ).encode()


@pytest.mark.parametrize(("columns", "rows"), [(300, 29), (60, 400), (1000, 3), (2000, 40)])
def test_wide_tables_grow_in_proportion_to_what_they_hold(read: Read, columns: int, rows: int) -> None:
    data = wide(columns, rows)
    sections = read(data, "wide.csv")
    assert sum(len(section.text) for section in sections) < 2.5 * len(data)


def test_wide_tables_are_told_some_columns_at_a_time(read: Read) -> None:
    blocks = located(read(wide(300, 4), "wide.csv"))
    places, names = zip(*[block for block in blocks if "sensor_299_temperature_celsius" in block[1]], strict=True)
    assert places[0].startswith("A1:KN1")
    assert names[0].startswith("sensor_000_temperature_celsius | ")
    assert [text.split(" | ")[-1] for place, text in blocks if place and place.endswith(("KN2", "KN5"))] == ["8", "11"]


def test_tables_of_long_cells_are_told_row_by_row_however_wide(read: Read) -> None:
    head = ",".join(f"answer {column}" for column in range(60))
    rows = "\n".join(",".join(f"the terns of year {row + column} nest" for column in range(60)) for row in range(3))
    assert "answer 7: the terns of year 8 nest" in text_of(read(f"{head}\n{rows}".encode(), "answers.csv"))


def test_a_sign_that_closes_something_is_no_quotation(read: Read) -> None:
    """PostScript closes a dictionary with it."""
    lines = [
        "<<",
        *[f"    /Key{number} (Some words of a setting)" for number in range(12)],
        ">> setdistillerparams",
        "The end of it.",
    ]
    (section,) = read("\n".join(lines).encode(), "settings.txt")
    assert ">> setdistillerparams" in section.text
    assert all(section.text[one.start : one.end] == section.text[one.start : one.end].strip() for one in section.blocks)
