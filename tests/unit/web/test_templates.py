"""What all server-rendered pages have in common, read in their templates."""

import re
from pathlib import Path

import pytest

from core.words import catalogue
from web import formats
from web.html import PUBLIC
from web.templating import TEMPLATES

FOLDER = Path(__file__).resolve().parents[3] / "web" / "templates"
ALL = sorted(FOLDER.rglob("*.html"))
LABEL = re.compile(r"^  (\w+): \[\s*'(?:ask|find|write|check)',\s*t\('([^']+)'\)", re.M)


@pytest.mark.parametrize("template", ALL, ids=lambda path: str(path.relative_to(FOLDER)))
def test_what_scrolls_sideways_can_be_scrolled_by_keys_and_has_a_name(template: Path) -> None:
    """On a phone every table may be wider than the window; without tabindex only a finger moves it (WCAG 2.1.1)."""
    for tag in re.findall(r"<div [^>]*wide-table[^>]*>", template.read_text(encoding="utf-8")):
        assert 'tabindex="0"' in tag
        assert 'role="region"' in tag
        assert re.search(r"aria-label(ledby)?=\"", tag), tag


def test_admins_read_the_same_names_of_stages_as_the_person_who_asked() -> None:
    shown = dict(LABEL.findall((PUBLIC / "answer" / "words.js").read_text(encoding="utf-8")))
    assert len(shown) > 10
    assert shown == TEMPLATES.get_template("admin/stages.html").module.NAMES  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 person is created"), (0, "0 people are created"), (12345, "12,345 people are created")]
)
def test_numbers_in_templates_are_written_as_the_language_writes_them(count: int, said: str) -> None:
    template = TEMPLATES.from_string(
        '{{ plural(count, "%(count)s person is created", "%(count)s people are created") }}'
    )
    assert template.render(count=count) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["2.5 %", "US$1,234", "US$0.0021", "12.3k", "3.4", "0.834"]),
        ("de", ["2,5 %", "1.234 $", "0,0021 $", "12345", "3,4", "0,834"]),
        ("fr", ["2,5 %", "1 234 $US", "0,0021 $US", "12,3 k", "3,4", "0,834"]),
    ],
)
def test_numbers_of_charts_and_transcripts_are_written_as_the_language_writes_them(
    language: str, said: list[str]
) -> None:
    words = catalogue(language)
    written = [
        formats.percent(0.025, words), formats.dollars(1234, words), formats.dollars(0.0021, words),
        formats.compact(12345.0, words), formats.rate(3.4, words), formats.score(0.834, words),
    ]  # fmt: skip
    assert [re.sub(r"\s", " ", text) for text in written] == said


def test_no_template_writes_a_fraction_by_itself() -> None:
    for template in ALL:
        assert not re.search(r"\"%[^\"]*f\" *\| *format", template.read_text(encoding="utf-8")), template


def test_what_is_given_to_a_macro_is_not_translated_again() -> None:
    """In German a day is a “Tag”, which is also an English text of ours; and names that people give are nobody's to translate."""
    macros = (FOLDER / "macros.html").read_text(encoding="utf-8")
    assert not re.search(r"_\([a-z]", macros)
