"""Markdown as CommonMark has it, with tables, footnotes and formulas: made HTML and read as such. Runs in a child process only."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from parsing.encoding import text_of
from parsing.formats.html import markdown_rules
from parsing.formats.html.reader import Progress, html_text_blocks
from parsing.parser_input import ParserInput
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

FRONT_MATTER = re.compile(r"\A(?:---|(\+\+\+))[ \t]*+\n(.*?)\n(?(1)\+\+\+|(?:---|\.\.\.))[ \t]*+(?:\n|\Z)", re.DOTALL)
FIELD = re.compile(r"^([\w.-]{1,60})[ \t]*+[:=](?=\s)[ \t]*+(\S.*)?$", re.MULTILINE)
FIRST_HEADING = re.compile(r"\A\s*+#[ \t]++([^\n]*+)")
QUOTES = "\"'"

_TO_HTML = MarkdownIt("commonmark", {"html": True, "maxNesting": 100}).enable(["table", "strikethrough"])
_TO_HTML.use(markdown_rules.footnotes).use(markdown_rules.formulas).use(markdown_rules.addresses)


def parse(source: ParserInput, _: Progress) -> Iterator[Section]:
    """Markdown; a ``title`` in its front matter is its first heading, the other fields a paragraph below it."""
    return sections_of(markdown_blocks(text_of(source)))


def markdown_blocks(text: str) -> Iterator[TextBlock]:
    """The blocks of a text in Markdown, its front matter first."""
    front_matter = FRONT_MATTER.match(text)
    if front_matter and FIELD.search(front_matter[2]):
        text = text[front_matter.end() :]
        yield from _front(front_matter[2], text)
    if text.strip():
        yield from html_text_blocks(_TO_HTML.render(text))


def _front(fields: str, body: str) -> Iterator[TextBlock]:
    """The title, unless the body begins with it, and the other fields as they are written."""
    title = next((field for field in FIELD.finditer(fields) if field[1].lower() == "title" and field[2]), None)
    if title:
        name, first = _unquoted(title[2]), FIRST_HEADING.match(body)
        if first is None or first[1].strip().rstrip("#").strip() != name:
            yield TextBlock("heading", name, 1)
        fields = fields[: title.start()] + fields[title.end() :]
    lines = [line.rstrip() for line in fields.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    if lines:
        yield TextBlock("code", "\n".join(lines))


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[value[0] in QUOTES : len(value) - (value[-1] in QUOTES)].strip() if len(value) > 2 else value
