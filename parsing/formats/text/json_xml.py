"""JSON and XML to text: names stay beside their values, what belongs together stays together. Runs in a child process only."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from core.errors import DocumentUnreadable
from parsing.encoding import decode
from parsing.formats.html import reader as partition
from parsing.formats.ooxml import package
from parsing.parser_input import ParserInput, size_of
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

MOST_BYTES = 100 * 1024**2
MOST_TOGETHER = 1200  # characters of one block; what is larger is cut at its branches
MOST_DEPTH = 200
XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*?(?:encoding\s*=\s*[\"']([\w.:-]+)[\"'])?[^>]*\?>", re.IGNORECASE)
XML_ENCODING = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Branch:
    """A named part: a text of its own, or parts in it. ``locator`` is how one gets to it from the root."""

    name: str
    text: str = ""
    parts: list["Branch"] = field(default_factory=list)
    locator: str = ""

    @property
    def is_list(self) -> bool:
        """True for records of the same name, which each get a block of their own."""
        records = [part for part in self.parts if part.parts]
        return len(records) > 1 and len(records) == len(self.parts) and len({part.name for part in records}) == 1

    def lines(self, prefix: str = "") -> Iterator[str]:
        """All of it, a line to a text, each with the names that lead to it."""
        name = f"{prefix}.{self.name}" if prefix and self.name else prefix or self.name
        if self.text:
            yield f"{name}: {self.text}" if name else self.text
        for part in self.parts:
            yield from part.lines(name)

    @property
    def length(self) -> int:
        """Characters of its texts and names, counted no further than is needed to know that it is too large."""
        total = len(self.name) + len(self.text)
        for part in self.parts:
            total += part.length
            if total > MOST_TOGETHER:
                break
        return total


def parse_json(source: ParserInput, on_progress: Progress) -> Iterator[Section]:
    """JSON, or a line of JSON after the other; what is neither is text.

    Raises:
        DocumentUnreadable: too large, or nested without end.
    """
    text = decode(_bytes(source, "JSON file"))
    try:
        branches = [_from_json(_loaded(text), "", "$", 0)]
    except ValueError:
        try:
            lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
            branches = [_from_json(json.loads(line), "", f"line {number}", 0) for number, line in lines]
        except ValueError:
            return partition.parse_text(source, on_progress)
    return sections_of(text_block for branch in branches for text_block in _text_blocks(branch, 0))


def parse_xml(source: ParserInput, _: Progress) -> Iterator[Section]:
    """XML of any kind.

    Raises:
        DocumentUnreadable: too large, damaged, or not safe.
    """
    data = _bytes(source, "XML file")
    said = XML_ENCODING.match(data)
    text = decode(data, declared=said[1].decode("ascii") if said else None)
    text = XML_DECLARATION.sub("", text, count=1).strip()
    root = package.parse_xml(text.encode("utf-8", "replace"), "XML file")
    return sections_of(_text_blocks(_from_xml(root, f"/{_local(root)}", 0), 0))


def _bytes(source: ParserInput, noun: str) -> bytes:
    if size_of(source) > MOST_BYTES:
        raise DocumentUnreadable(
            f"This {noun} is larger than the {MOST_BYTES // 1024**2} MB that can be read of its kind."
        )
    return source.read_bytes()


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DocumentUnreadable("This JSON file is nested too deeply to be read.") from error


def _text_blocks(branch: Branch, level: int) -> Iterator[TextBlock]:
    """A branch as one block when it is small enough, else its name as a heading and its parts below."""
    is_list = branch.is_list
    if branch.length <= MOST_TOGETHER and not is_list:
        yield TextBlock("paragraph", "\n".join(branch.lines()), locator=branch.locator)
        return
    if not branch.parts:
        yield from (TextBlock("paragraph", line, locator=branch.locator) for line in branch.lines())
        return
    if branch.name:
        level += 1
        yield TextBlock("heading", branch.name, level)
    if branch.text:
        yield TextBlock("paragraph", branch.text, locator=branch.locator)
    loose = Branch("", locator=branch.locator)
    for part in branch.parts:
        if is_list or part.length > (MOST_TOGETHER // 4 if part.parts else MOST_TOGETHER):
            yield from _flushed(loose)
            yield from _text_blocks(part, level)
        else:
            if loose.parts and loose.length + part.length > MOST_TOGETHER:
                yield from _flushed(loose)
            loose.parts.append(part)
            loose.locator = loose.locator or part.locator
    yield from _flushed(loose)


def _flushed(loose: Branch) -> Iterator[TextBlock]:
    """Small neighbours as one block."""
    if loose.parts:
        yield TextBlock("paragraph", "\n".join(loose.lines()), locator=loose.parts[0].locator)
        loose.parts.clear()


def _from_json(value: object, name: str, locator: str, depth: int) -> Branch:
    if depth > MOST_DEPTH:
        raise DocumentUnreadable("This JSON file is nested too deeply to be read.")
    if isinstance(value, dict):
        parts = [_from_json(child, str(key), f"{locator}.{key}", depth + 1) for key, child in value.items()]
        return Branch(name, "", parts, locator)
    if isinstance(value, list):
        if all(not isinstance(child, (dict, list)) for child in value):
            return Branch(name, ", ".join(_scalar(child) for child in value), [], locator)
        parts = [_from_json(child, "", f"{locator}[{index}]", depth + 1) for index, child in enumerate(value)]
        return Branch(name, "", parts, locator)
    return Branch(name, _scalar(value), [], locator)


def _scalar(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _from_xml(element: etree._Element, locator: str, depth: int) -> Branch:
    if depth > MOST_DEPTH:
        raise DocumentUnreadable("This XML file is nested too deeply to be read.")
    name = _local(element)
    attributes = [
        Branch(etree.QName(key).localname, value.strip(), [], f"{locator}/@{etree.QName(key).localname}")
        for key, value in element.attrib.items()
        if value.strip()
    ]
    children = [child for child in element if isinstance(child.tag, str)]
    if not children or _is_prose(children):
        text = " ".join("".join(element.itertext()).split())
        return Branch(name, text, attributes, locator)
    parts = []
    counts: dict[str, int] = {}
    for child in children:
        counts[child.tag] = counts.get(child.tag, 0) + 1
        parts.append(_from_xml(child, f"{locator}/{_local(child)}[{counts[child.tag]}]", depth + 1))
    return Branch(name, " ".join((element.text or "").split()), [*attributes, *parts], locator)


def _is_prose(children: list[etree._Element]) -> bool:
    """True for a text with marks in it (``<p>one <b>word</b> more</p>``)."""
    return any((child.tail or "").strip() for child in children)


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
