"""Measures how many files of a varied collection are parsed correctly, by the type sniffing and the sandbox of uploads.

Usage: python -m evals.parse [DOCS]
DOCS (default: ``../shared/data/docs``) has ``manifest.jsonl`` and the files. A file is right when every phrase known to be in it is
found, ignoring white space and case (one over several cells of a table: when a row has its parts in their order); a page is right when a
phrase is on its known page. An unreadable file is right when parsing fails, never when the text is empty. A phrase that is invisible to
readers of the file (there is one, in a PDF) is right when it is reported as hidden text, as the library shows it. Exits with 1 when a
target is missed, with 2 without data.
"""

import argparse
import asyncio
import json
import re
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from core.errors import FootnoteError
from core.settings import ParserSettings
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Section

DOCS = Path("../shared/data/docs")
TARGET_RIGHT, TARGET_PAGES = 0.99, 0.99
IGNORED = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
CELL_ENDS = re.compile(r"[;|\t]")
REASON_CHARS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one file. ``pages`` counts phrases with a known page; ``problem`` is empty when all is right."""

    kind: str
    path: str
    is_failure_expected: bool
    is_right: bool
    pages: int
    pages_right: int
    problem: str
    took_s: float


def squashed(text: str) -> str:
    """The text without differences that do not count: white space, invisible characters, case and Unicode form."""
    return IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold()


def judged(file: dict[str, Any], sections: Sequence[Section], error: str | None, took_s: float) -> Outcome:
    """Compares a file of the manifest with its parsed sections."""
    whole = squashed(" ".join(map(_all_text, sections)))
    expects_failure = file["expected"] == "error"
    phrases = [] if expects_failure else file["phrases"]
    missing = [
        one["phrase"]
        for one in phrases
        if squashed(one["phrase"]) not in whole and not in_a_row(one["phrase"], sections)
    ]
    paged = [one for one in phrases if "page" in one]
    if expects_failure:
        allowed = squashed(file.get("text_allowed") or "")
        is_right = error is not None or bool(allowed and allowed in whole)
        problem = "" if is_right else "should have failed"
    else:
        is_right = not missing
        problem = "" if is_right else error or f"not found: {'; '.join(missing)[:REASON_CHARS]}"
    pages_right = sum(_is_on_page(one, sections) for one in paged)
    return Outcome(file["kind"], file["path"], expects_failure, is_right, len(paged), pages_right, problem, took_s)


def in_a_row(phrase: str, sections: Iterable[Section]) -> bool:
    """True for a phrase that goes over several cells of a table, as its file parts them, and stands in one row with all its parts."""
    parts = [part for cell in CELL_ENDS.split(phrase) if (part := squashed(cell))]
    return len(parts) > 1 and any(
        _has_in_order(squashed(row), parts)
        for section in sections
        for block in section.blocks
        if block.kind == "table"
        for row in section.text[block.start : block.end].split("\n")
    )


def _has_in_order(row: str, parts: Sequence[str]) -> bool:
    position = 0
    for part in parts:
        found = row.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _is_on_page(expected: dict[str, Any], sections: Iterable[Section]) -> bool:
    phrase = squashed(expected["phrase"])
    return any(section.page == expected["page"] and phrase in squashed(_all_text(section)) for section in sections)


def _all_text(section: Section) -> str:
    """The text and the reported hidden text of a section."""
    return f"{section.text} {section.hidden or ''}"


async def _read(sandbox: Sandbox, docs: Path, file: dict[str, Any]) -> Outcome:
    started = time.perf_counter()
    sections: list[Section] = []
    error: str | None = None
    try:
        data = (docs / file["path"]).read_bytes()
        mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], Path(file["path"]).name)
        sections = [section async for section in sandbox.parse(docs / file["path"], mime_type)]
    except FootnoteError as failure:
        error = failure.message
    return judged(file, sections, error, time.perf_counter() - started)


async def _read_all(docs: Path) -> list[Outcome]:
    files = [json.loads(line) for line in (docs / "manifest.jsonl").read_text().splitlines()]
    sandbox = Sandbox(ParserSettings())
    await sandbox.start()
    try:
        return [await _read(sandbox, docs, file) for file in files]
    finally:
        await sandbox.close()


def report(outcomes: Sequence[Outcome]) -> bool:
    """Prints the table, the failed files and, last, the totals. False when a target is missed."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.kind].append(outcome)
    print(f"{'kind':14}{'files':>7}{'right':>7}{'pages':>9}{'median':>10}{'slowest':>10}")
    for kind, results in sorted(by_kind.items()):
        times = sorted(outcome.took_s for outcome in results)
        pages = f"{sum(one.pages_right for one in results)}/{sum(one.pages for one in results)}"
        right = sum(outcome.is_right for outcome in results)
        median = times[len(times) // 2]
        print(f"{kind:14}{len(results):7}{right:7}{pages:>9}{median * 1000:7.0f} ms{times[-1] * 1000:7.0f} ms")
    for outcome in outcomes:
        if outcome.problem:
            print(f"missed: {outcome.path}: {outcome.problem}")
        elif outcome.pages_right < outcome.pages:
            print(f"missed: {outcome.path}: {outcome.pages - outcome.pages_right} phrases are on other pages")
    share = sum(outcome.is_right for outcome in outcomes) / len(outcomes)
    pages_right = sum(one.pages_right for one in outcomes) / max(sum(one.pages for one in outcomes), 1)
    failures = [outcome for outcome in outcomes if outcome.is_failure_expected]
    honest = sum(outcome.is_right for outcome in failures)
    print(
        f"right {share * 100:.1f} % of {len(outcomes)} (target {TARGET_RIGHT * 100:.0f}), "
        f"pages right {pages_right * 100:.1f} % (target {TARGET_PAGES * 100:.0f}), honest failures {honest}/{len(failures)}"
    )
    return share >= TARGET_RIGHT and pages_right >= TARGET_PAGES and honest == len(failures)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=Path, nargs="?", default=DOCS)
    docs: Path = parser.parse_args().docs.resolve()  # child processes have another working directory
    if not (docs / "manifest.jsonl").is_file():
        print(
            f"There is no {docs / 'manifest.jsonl'}: the files to read are not part of the repository.", file=sys.stderr
        )
        sys.exit(2)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(50)
    )  # failures are counted here, not logged
    sys.exit(0 if report(asyncio.run(_read_all(docs))) else 1)


if __name__ == "__main__":
    main()
