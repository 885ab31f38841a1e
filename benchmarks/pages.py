"""Collects a PDF of real pages at run time from the documents next to the checkout."""

from pathlib import Path

import pypdfium2

# (file, most pages from it): a notice in three columns, papers in two, a textbook full of formulas, a tax guide. Of the textbook only
# pages before the first that is drawn in more than 10,000 strokes: at such a page unstructured's "fast" gives up the whole file.
SOURCES = (
    ("pdf-columns/federal-register-2020-17221.pdf", 15),
    ("pdf-columns/multi-column-2p.pdf", 2),
    ("pdf-text/layout-parser-paper-fast.pdf", 2),
    ("pdf-long/GeoTopo-komprimiert.pdf", 20),
    ("pdf-text/testPDF_childAttachments.pdf", 67),
)
LEAST_CHARACTERS = 800  # a page with less is a title or a picture


def collect(documents: Path, count: int, target: Path) -> int:
    """Writes the first ``count`` pages of text to ``target``.

    Returns:
        number of characters on them.

    Raises:
        FileNotFoundError: the documents are missing, or have fewer pages.
    """
    characters = 0
    with pypdfium2.PdfDocument.new() as collected:
        for name, most in SOURCES:
            with pypdfium2.PdfDocument(documents / name) as source:
                lengths = [source[number].get_textpage().count_chars() for number in range(len(source))]
                chosen = [number for number, length in enumerate(lengths) if length >= LEAST_CHARACTERS]
                chosen = chosen[: min(most, count - len(collected))]
                if chosen:
                    collected.import_pages(source, chosen)
                    characters += sum(lengths[number] for number in chosen)
        if len(collected) < count:
            raise FileNotFoundError(f"only {len(collected)} pages of text in {documents}")
        collected.save(target)
    return characters


def halve(path: Path) -> list[Path]:
    """Writes the first and the second half of a PDF as files next to it; returns their paths."""
    halves = []
    with pypdfium2.PdfDocument(path) as source:
        middle = len(source) // 2
        for name, numbers in (("first", range(middle)), ("second", range(middle, len(source)))):
            halves.append(path.with_name(f"{name}.pdf"))
            with pypdfium2.PdfDocument.new() as half:
                half.import_pages(source, list(numbers))
                half.save(halves[-1])
    return halves
