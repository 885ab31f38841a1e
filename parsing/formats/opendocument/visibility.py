"""Text of an OpenDocument file that nobody sees: marked as hidden, in the colour of what is behind it, without size, off the page."""

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.opendocument.background import CELLS, SHAPES, Backgrounds, names_of
from parsing.formats.opendocument.namespaces import DRAW, FO, LOEXT, NUMBER, OFFICE, PRESENTATION, STYLE, TABLE, TEXT
from parsing.formats.opendocument.styles import Name, Styles
from parsing.visibility.colour import Colour
from parsing.visibility.geometry import points
from parsing.visibility.verdict import MARKED, Look, Verdict, struck_out

ALWAYS = (f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph")
PARAGRAPHS = (f"{TEXT}p", f"{TEXT}h")
SPAN = f"{TEXT}span"
OF_ITS_OWN = (
    *SHAPES,
    f"{DRAW}g",
    f"{TEXT}note",
    f"{OFFICE}annotation",
    f"{TABLE}table",
)  # in a paragraph, and not its text
USUAL_PT = 12.0
MOST_DEPTH = 60
MOST_COLUMNS = 20_000


class HiddenStyles:
    """Tells how text is hidden, by the styles around it.

    Args:
        document: the part with the text.
        styles: ``styles.xml``, whose unnamed styles are for its own headers and footers; None when there is none.
    """

    def __init__(self, document: etree._Element, styles: etree._Element | None = None) -> None:
        shared = [styles] if styles is not None else []
        self.styles = Styles([*shared, document])
        self._backgrounds = Backgrounds(self.styles, Styles(shared), styles)
        self._is_empty = lru_cache(maxsize=None)(self._shows_nothing)
        self._formats = {
            one.get(f"{STYLE}name"): one
            for part in (*shared, document)
            for one in part.iter(f"{NUMBER}text-style", f"{NUMBER}number-style")
        }

    def how(self, element: etree._Element) -> str:
        """Why the own text of a paragraph or a span is not seen; empty when it is, or when that cannot be told."""
        paragraph = element if element.tag in PARAGRAPHS else next(element.iterancestors(*PARAGRAPHS), None)
        names = self._names(element)
        colour = self._colour(names)
        return Look(
            is_marked=self.styles.first(names, "text", f"{TEXT}display") == "none",
            size_pt=self._size_pt(names),
            is_outside=any(map(self._backgrounds.is_beside, element.iterancestors(*SHAPES))),
            colour=colour,
            behind=self._behind(names, paragraph) if colour and paragraph is not None else None,
        ).how() or (struck_out("".join(element.itertext())) if self._is_struck(names) else "")

    def is_raised(self, span: etree._Element) -> bool:
        """True for a span above the line: an exponent, the mark of a footnote."""
        said = self.styles.value(("text", span.get(f"{TEXT}style-name", "")), "text", f"{STYLE}text-position")
        return said.startswith("super") or (said[:1].isdigit() and not said.startswith("0"))

    def _is_struck(self, names: list[Name]) -> bool:
        drawn = (self.styles.first(names, "text", f"{STYLE}text-line-through-{one}") for one in ("style", "type"))
        return any(said not in ("", "none") for said in drawn)

    def is_marked(self, element: etree._Element) -> bool:
        """True for what is hidden with all that is in it: fields, sections, paragraphs, cells of a format that shows nothing."""
        if element.tag in ALWAYS or element.get(f"{TEXT}display") == "none":
            return True
        return element.tag in CELLS and self._is_empty(element.get(f"{TABLE}style-name", ""))

    def is_shown(self, element: etree._Element) -> bool:
        """False for sheets, rows and slides that are hidden."""
        if element.get(f"{TABLE}visibility", "visible") != "visible":
            return False
        if element.tag == f"{TABLE}table":
            return (
                self.styles.value(("table", element.get(f"{TABLE}style-name", "")), "table", f"{TABLE}display")
                != "false"
            )
        if element.tag == f"{DRAW}page":
            name = ("drawing-page", element.get(f"{DRAW}style-name", ""))
            return self.styles.value(name, "drawing-page", f"{PRESENTATION}visibility") != "hidden"
        return True

    def _names(self, element: etree._Element) -> list[Name]:
        """The styles that a text takes its look from, nearest first."""
        names: list[Name] = []
        for one in (element, *element.iterancestors()):
            if one.tag == SPAN:
                names.append(("text", one.get(f"{TEXT}style-name", "")))
            elif one.tag in PARAGRAPHS:
                names.append(("paragraph", one.get(f"{TEXT}style-name", "")))
            elif one.tag in CELLS:
                return [*names, ("table-cell", one.get(f"{TABLE}style-name", ""))]
            elif one.tag in SHAPES:
                return [*names, ("paragraph", one.get(f"{DRAW}text-style-name", "")), *names_of(one)]
        return names

    def _colour(self, names: list[Name]) -> Colour | None:
        """The colour of letters; None for the automatic one, and when an outline or a shadow shows them."""
        for name in names:
            automatic = self.styles.value(name, "text", f"{STYLE}use-window-font-color")
            if automatic == "true":
                return None
            if self.styles.value(name, "text", f"{FO}color"):
                break
        drawn = (self.styles.first(names, "text", key) for key in (f"{STYLE}text-outline", f"{FO}text-shadow"))
        if any(said not in ("", "none", "false") for said in drawn):
            return None
        found = Colour.from_hex(self.styles.first(names, "text", f"{FO}color"))
        opacity = self.styles.first(names, "text", f"{LOEXT}opacity").removesuffix("%")
        return found.with_alpha(float(opacity) / 100) if found and opacity.isdigit() else found

    def _size_pt(self, names: list[Name]) -> float | None:
        """The height or width of letters, the smaller one; None when nothing is said."""
        parts, size = 1.0, None
        for name in names:
            said = self.styles.value(name, "text", f"{FO}font-size")
            if said.endswith("%") and said[:-1].replace(".", "", 1).isdigit():
                parts *= float(said[:-1]) / 100
            elif said:
                size = points(said)
                break
        scale = self.styles.first(names, "text", f"{STYLE}text-scale").removesuffix("%")
        narrow = float(scale) / 100 if scale.isdigit() else 1.0
        line = points(
            self.styles.first([name for name in names if name[0] == "paragraph"], "paragraph", f"{FO}line-height")
        )
        height = None if size is None and parts * narrow == 1 else (size or USUAL_PT) * parts * min(narrow, 1.0)
        return min((one for one in (height, line) if one is not None), default=None)

    def _behind(self, names: list[Name], paragraph: etree._Element) -> Colour | None:
        """The colour behind a text: its own, its paragraph's, or that of what they stand on."""
        for name in names:
            for kind in ("text", "paragraph") if name[0] in ("text", "paragraph") else ():
                colour = self.styles.background(name, kind)
                if colour is None or colour.is_seen:
                    return colour
        return self._backgrounds.behind(paragraph)

    def _shows_nothing(self, style: str) -> bool:
        """True for a style of cells whose number format is empty, as are all that it depends on."""
        name = self.styles.data_style(("table-cell", style))
        asked, seen = [name], set()
        while asked:
            form = self._formats.get(asked.pop())
            if form is None or any(child.tag not in (f"{STYLE}map", f"{STYLE}text-properties") for child in form):
                return False
            seen.add(form.get(f"{STYLE}name"))
            named = (one.get(f"{STYLE}apply-style-name", "") for one in form.iterfind(f"{STYLE}map"))
            asked += (one for one in named if one not in seen)
        return True


def take_out(content: etree._Element, styles: HiddenStyles) -> Iterator[Verdict]:
    """Remove what is hidden; what it said."""
    for table in content.iter(f"{TABLE}table"):
        _name_cells(table)
    for element in list(content.iter(*ALWAYS, f"{TEXT}section", SPAN, *PARAGRAPHS, *CELLS)):
        if styles.is_marked(element):
            yield from _said(element.get(f"{TEXT}string-value") or " ".join(element.itertext()), MARKED)
            for child in list(element):
                element.remove(child)
            element.text = ""
    for paragraph in list(content.iter(*PARAGRAPHS)):
        yield from _own_texts(paragraph, styles, "", 0)


def _own_texts(element: etree._Element, styles: HiddenStyles, above: str, depth: int) -> Iterator[Verdict]:
    """Remove the text of a paragraph or a span that is hidden, and look at the spans in it."""
    how = styles.how(element) if element.tag in (SPAN, *PARAGRAPHS) else above
    if how:
        yield from _said("".join((element.text or "", *(child.tail or "" for child in element))), how)
        element.text = ""
    for child in element:
        if how:
            child.tail = " " if child.tail else None
        if isinstance(child.tag, str) and child.tag not in OF_ITS_OWN and depth < MOST_DEPTH:
            yield from _own_texts(child, styles, how, depth + 1)


def _said(text: str, how: str) -> Iterator[Verdict]:
    if words := " ".join(text.split()):
        yield Verdict(words, how)


def _name_cells(table: etree._Element) -> None:
    """Write into each cell the style that its row or its column gives it."""
    columns: list[str] = []
    for column in table.iterfind(f".//{TABLE}table-column"):
        repeated = column.get(f"{TABLE}number-columns-repeated", "1")
        count = int(repeated) if repeated.isdigit() and len(repeated) < 6 else 1
        columns += [column.get(f"{TABLE}default-cell-style-name", "")] * min(count, MOST_COLUMNS - len(columns))
    for row in table.iter(f"{TABLE}table-row"):
        usual, at = row.get(f"{TABLE}default-cell-style-name", ""), 0
        for cell in row.iterchildren(*CELLS):
            style = usual or (columns[at] if at < len(columns) else "")
            if style and not cell.get(f"{TABLE}style-name"):
                cell.set(f"{TABLE}style-name", style)
            repeated = cell.get(f"{TABLE}number-columns-repeated", "1")
            at += int(repeated) if repeated.isdigit() and len(repeated) < 6 else 1
