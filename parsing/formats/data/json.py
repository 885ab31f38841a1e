"""JSON to text: names stay beside their values. Runs in a child process only."""

import json
from collections.abc import Callable, Iterator

from core.errors import DocumentUnreadable
from parsing.encoding import NO_TEXT, decode
from parsing.formats.data import notebook
from parsing.formats.data.branches import Branch, text_blocks
from parsing.formats.data.encoded import readable
from parsing.formats.text.source_code import source_blocks
from parsing.parser_input import ParserInput, size_of
from parsing.sections import sections_of
from parsing.types import Section

MOST_BYTES = 100 * 1024**2
MOST_DEPTH = 200


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """JSON, or a line of JSON after the other; a notebook cell by cell; what is neither is text.

    Raises:
        DocumentUnreadable: too large, nested without end, or without text.
    """
    if size_of(source) > MOST_BYTES:
        raise DocumentUnreadable(
            f"This JSON file is larger than the {MOST_BYTES // 1024**2} MB that can be read of its kind."
        )
    text = decode(source.read_bytes())
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    try:
        value = _loaded(text)
    except ValueError:
        return _lines(text)
    if notebook.is_notebook(value):
        return notebook.sections(value)
    return sections_of(text_blocks(_branch(value, "", "$", 0), 0))


def _lines(text: str) -> Iterator[Section]:
    try:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        branches = [_branch(json.loads(line), "", f"line {number}", 0) for number, line in lines]
    except ValueError:
        return sections_of(source_blocks(text))
    return sections_of(text_block for branch in branches for text_block in text_blocks(branch, 0))


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DocumentUnreadable("This JSON file is nested too deeply to be read.") from error


def _branch(value: object, name: str, locator: str, depth: int) -> Branch:
    if depth > MOST_DEPTH:
        raise DocumentUnreadable("This JSON file is nested too deeply to be read.")
    if isinstance(value, dict):
        parts = [_branch(child, str(key), f"{locator}.{key}", depth + 1) for key, child in value.items()]
        return Branch(name, "", parts, locator)
    if isinstance(value, list):
        if all(not isinstance(child, (dict, list)) for child in value):
            return Branch(name, _joined(value), [], locator)
        parts = [_branch(child, "", f"{locator}[{index}]", depth + 1) for index, child in enumerate(value)]
        return Branch(name, "", parts, locator)
    return Branch(name, _scalar(value), [], locator)


def _joined(values: list[object]) -> str:
    """Values of a list; lines that bring their own ends are a text."""
    if len(values) > 1 and all(isinstance(value, str) and value.endswith("\n") for value in values[:-1]):
        return "".join(_scalar(value) for value in values)
    return ", ".join(_scalar(value) for value in values)


def _scalar(value: object) -> str:
    if value is None:
        return ""
    return readable(value) if isinstance(value, str) else json.dumps(value)
