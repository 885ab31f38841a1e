"""How many pages of a scan one process recognises in a second, with the engine that every installation has.

Usage: python -m benchmarks.scans [--pages 4] [--lines 45]

Pages full of text, drawn at the resolution of uploads, are read as the pages of a scanned PDF are. Computing time counts, so that the
figure holds on a busy machine too; loading the engine is told apart. Exits with 1 when a page was not read to its end.
"""

import argparse
import sys
import time

from parsing import registry
from parsing.formats.images import ocr
from parsing.parser_input import InMemoryFile
from parsing.sniff.mime import PDF
from parsing.types import Section
from tests import scans
from tests.unit.parsing.formats.pdf_files import drawn, line

WORDS = "The harbour office counts every vessel that enters before noon and writes its name, tons and crew in book"
TOP, STEP, LEFT, SIZE = 780, 16, 50, 10


def page_of(number: int, lines: int, dpi: int) -> bytes:
    """A scanned page with so many lines, each of a number of its own."""
    text = "".join(line(LEFT, TOP - STEP * row, f"{WORDS} {number}-{row}", SIZE) for row in range(lines))
    return scans.scan([scans.picture_of(drawn(text), dpi=dpi)], dpi=dpi)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--lines", type=int, default=45)
    arguments = parser.parse_args()
    options = ocr.OcrOptions()
    ocr.use(options)
    files = [page_of(number, arguments.lines, options.dpi) for number in range(arguments.pages + 1)]
    spent: list[float] = []
    unread = 0
    for number, data in enumerate(files):
        started = time.process_time()
        text = "\n".join(section.text for section in _read(data))
        spent.append(time.process_time() - started)
        unread += f"{number}-{arguments.lines - 1}" not in text
    first, *others = spent
    each = sum(others) / len(others)
    print(f"first page, with loading: {first:.1f} s of computing time")
    print(
        f"{len(others)} pages of {arguments.lines} lines: {each:.1f} s of computing time a page, {1 / each:.2f} pages/s a core"
    )
    print(f"{unread} pages not read to their end")
    sys.exit(unread > 0)


def _read(data: bytes) -> list[Section]:
    return list(registry.parse(InMemoryFile(data), PDF, lambda *_: None))


if __name__ == "__main__":
    main()
