"""Markdown as CommonMark has it, with tables: made HTML and read as such. Runs in a child process only."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from parsing.formats.html.reader import Progress, html_text_blocks, text_of
from parsing.parser_input import ParserInput
from parsing.sections import sections_of
from parsing.types import Section

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_MATTER_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)

_TO_HTML = MarkdownIt("commonmark", {"html": True, "maxNesting": 100}).enable(["table", "strikethrough"])


def parse(source: ParserInput, _: Progress) -> Iterator[Section]:
    """Markdown; a ``title`` in its front matter is its first heading."""
    text = text_of(source)
    if front_matter := FRONT_MATTER.match(text):
        title = FRONT_MATTER_TITLE.search(front_matter[1])
        text = (f"# {title[1]}\n\n" if title else "") + text[front_matter.end() :]
    return sections_of(html_text_blocks(_TO_HTML.render(text)))
