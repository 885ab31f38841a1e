"""OpenDocument (ODT, ODS, ODP and their templates), read from its XML. Runs in a child process only."""

from collections.abc import Callable, Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.inner_files import InnerFiles, ParseFile
from parsing.formats.ooxml import package
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.xlsx_formulas import RESULTS_MISSING
from parsing.formats.opendocument import objects
from parsing.formats.opendocument.body import Body
from parsing.formats.opendocument.namespaces import DRAW, OFFICE, TABLE, TEXT
from parsing.formats.opendocument.numbering import Numbering
from parsing.formats.opendocument.visibility import HiddenStyles, take_out
from parsing.grid import sections_of_sheet
from parsing.parser_input import ParserInput, depth_of
from parsing.sections import TextBlock, page_of, sections_of
from parsing.types import Section
from parsing.visibility.report import SHEET_NOT_SHOWN, SLIDE_NOT_SHOWN, flagged, joined
from parsing.visibility.verdict import DELETED, Verdict

NOUN = "OpenDocument file"
LOCKED = "{*}encryption-data"


def parse(
    source: ParserInput, on_progress: Callable[[int, int], None], parse_file: ParseFile | None = None
) -> Iterator[Section]:
    """A text by its headings, a spreadsheet by its sheets, a presentation by its slides; then the files inside.

    Args:
        parse_file: reads files of any kind, see ``parsing.registry.parse``; without it, those inside are only named.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    with package.opened(source, NOUN) as opened:
        _refuse_locked(opened)
        document = opened.xml("content.xml")
        body = document.find(f"{OFFICE}body")
        content = next((child for child in body if isinstance(child.tag, str)), None) if body is not None else None
        if content is None:
            raise package.damaged(NOUN)
        files = InnerFiles(parse_file, depth_of(source) + 1)
        reader = _Reader(opened, document, content)
        slides = 0
        for number, section in enumerate(reader.sections(on_progress), start=1):
            slides = number
            yield section
        for number, section in enumerate(reader.rest(files), start=slides + 1):
            yield section.model_copy(update={"number": number})


def _refuse_locked(opened: Archive) -> None:
    manifest = opened.xml_or_none("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter(LOCKED), None) is not None:
        raise package.locked(NOUN)


class _Reader:
    """Reads one document."""

    def __init__(self, opened: Archive, document: etree._Element, content: etree._Element) -> None:
        self._opened = opened
        self._content = content
        self._common = opened.xml_or_none("styles.xml")
        self._styles = HiddenStyles(document, self._common)
        parts = [part for part in (self._common, document) if part is not None]
        self._body = Body(opened, self._styles, Numbering(parts, self._styles.styles))

    def sections(self, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
        """What its readers see."""
        content, common = self._content, self._common
        deleted = content.iter(f"{TEXT}deletion")
        hidden = [Verdict(" ".join("".join(one.itertext()).split()), DELETED) for one in deleted]
        hidden += take_out(content, self._styles)
        if content.tag == f"{OFFICE}spreadsheet":
            yield from flagged(self._sheets(), hidden)
            return
        hidden += objects.put_in(self._opened, content)  # in a spreadsheet, the cells have what a chart shows
        if content.tag in (f"{OFFICE}presentation", f"{OFFICE}drawing"):
            yield from flagged(self._slides(on_progress), hidden)
            return
        if common is not None:
            hidden += take_out(common, HiddenStyles(common, common))
        body = self._body
        text_blocks = [*self._margins("header"), *body.text_blocks(content, 0), *self._margins("footer")]
        yield from flagged(sections_of(text_blocks), hidden)

    def rest(self, files: InnerFiles) -> Iterator[Section]:
        """The files of other programs, and what is to be said of them and of the pictures."""
        for name in dict.fromkeys(self._body.files):
            yield from files.sections(name, self._opened.read(name))
        yield from self._body.pictures.remark_section()

    def _sheets(self) -> Iterator[Section]:
        number = 1
        for table in self._content.iter(f"{TABLE}table"):
            name = table.get(f"{TABLE}name")
            said = None if self._styles.is_shown(table) else SHEET_NOT_SHOWN.format(sheet=name or "")
            self._body.formulas = 0
            last: Section | None = None
            for section in sections_of_sheet(name, self._body.rows(table), first=number):
                if last is not None:
                    yield last
                last = section.model_copy(update={"hidden": said})
                said = None
                number = section.number + 1
            if last is not None:
                missing = RESULTS_MISSING.format(count=self._body.formulas, sheet=name or "")
                yield last.model_copy(update={"warning": missing if self._body.formulas else None})
        shapes = self._content.iter(f"{TABLE}shapes")
        yield from sections_of([one for each in shapes for one in self._body.text_blocks(each, 0)], first=number)

    def _slides(self, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
        pages = list(self._content.iter(f"{DRAW}page"))
        for number, page in enumerate(pages, start=1):
            section = page_of(self._body.slide(page), number, number)
            said = None if self._styles.is_shown(page) else SLIDE_NOT_SHOWN
            yield section.model_copy(update={"hidden": joined(said, section.hidden)})
            on_progress(number, len(pages))

    def _margins(self, kind: str) -> Iterator[TextBlock]:
        """What stands above or below the text of every page, once."""
        seen: set[str] = set()
        for margin in self._common.iter(f"{{*}}{kind}") if self._common is not None else ():
            for text_block in self._body.text_blocks(margin, 0):
                if text_block.text.strip() and not text_block.text.strip().isdigit() and text_block.text not in seen:
                    seen.add(text_block.text)
                    yield TextBlock("paragraph", text_block.text)
