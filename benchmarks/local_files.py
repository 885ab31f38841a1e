"""Reads all files of the kinds people upload that lie on this machine, as uploads are read, and says what went wrong with which.

Usage: python -m benchmarks.local_files [FOLDER …] [--most 400] [--pictures 40] [--report FILE]

Without folders, those of Python packages, of documentation and of fonts. Of each kind at most so many are read, spread evenly over their
sizes; of each kind of picture fewer, as their writing takes seconds to recognise. A file is bad when it took too long, when reading it
broke down and did not end with text or a reason, or when its text is out of proportion to it. Exits with 1 when there is one.
"""

import argparse
import asyncio
import json
import os
import sys
import sysconfig
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog

from core.errors import FootnoteError
from core.settings import ParserSettings
from parsing.sandbox.parent import DAMAGED, TOO_SLOW
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff

FOLDERS = ("/usr/share", "/usr/lib/python3", "/etc", sysconfig.get_path("purelib"), "node_modules")
PICTURES = frozenset(["png", "jpg", "jpeg", "gif", "webp", "tif", "tiff", "bmp"])
OFFICE = frozenset(
    ["pdf", "docx", "pptx", "xlsx", "doc", "xls", "ppt", "odt", "ods", "odp", "epub", "rtf", "eml", "msg"]
)
TEXTS = frozenset(["md", "html", "htm", "mhtml", "csv", "tsv", "svg", "xml", "fodt", "fb2", "txt", "rst", "tex", "log"])
LINES = frozenset(["json", "ipynb", "yaml", "yml", "ics", "vcf", "srt", "py", "js", "css"])
SUFFIXES = PICTURES | OFFICE | TEXTS | LINES
MOST_BYTES = 20_000_000
TOO_LONG_S = 60.0
MOST_TEXT, ALWAYS_ALLOWED = 12.0, 200_000  # characters of text for each byte of the file; of any file
CRASH = "crash: "
BROKEN = (DAMAGED, TOO_SLOW.split("{", 1)[0], CRASH)
SLOWEST = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a file. ``refusal`` is the sentence with which it was refused; empty when it was read."""

    path: Path
    size: int
    took_s: float
    characters: int = 0
    sections: int = 0
    remarks: int = 0
    refusal: str = ""

    @property
    def problem(self) -> str:
        """What is wrong with it; empty when nothing is."""
        if self.took_s > TOO_LONG_S:
            return f"took {self.took_s:.0f} s"
        if self.refusal.startswith(BROKEN):
            return self.refusal
        if self.characters > max(MOST_TEXT * self.size, ALWAYS_ALLOWED):
            return f"{self.characters} characters from {self.size} bytes"
        return ""


def chosen(folders: Iterable[Path], most: int, pictures: int) -> list[Path]:
    """Files of each kind, at most so many, evenly from the smallest to the largest; the same name and size is taken once."""
    found: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    seen = set[tuple[str, int]]()
    for path in (path for folder in folders if folder.is_dir() for path in _files(folder)):
        suffix, size = path.suffix[1:].lower(), path.stat().st_size
        if 0 < size <= MOST_BYTES and (path.name, size) not in seen:
            seen.add((path.name, size))
            found[suffix].append((size, path))
    return [
        path
        for suffix, group in sorted(found.items())
        for path in _spread([path for _, path in sorted(group)], pictures if suffix in PICTURES else most)
    ]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix[1:].lower() in SUFFIXES and not path.is_symlink() and path.is_file():
            yield path


def _spread(paths: Sequence[Path], most: int) -> list[Path]:
    step = max(len(paths) / most, 1.0)
    return [paths[int(number * step)] for number in range(min(most, len(paths)))]


async def read(sandbox: Sandbox, path: Path, person: UUID) -> Reading:
    """A file, as an upload of somebody is read."""
    data = await asyncio.to_thread(path.read_bytes)
    started, characters, sections, remarks, refusal = time.monotonic(), 0, 0, 0, ""
    try:
        mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], path.name)
        async for section in sandbox.parse(path, mime_type, user_id=person):
            characters, sections = characters + len(section.text), sections + 1
            remarks += bool(section.warning or section.hidden)
    except FootnoteError as error:
        refusal = error.message
    except Exception as error:  # what nobody foresaw is what is looked for; the other files are read all the same
        refusal = f"{CRASH}{error!r}"
    return Reading(path, len(data), time.monotonic() - started, characters, sections, remarks, refusal)


async def read_all(paths: Sequence[Path], keep: Callable[[Reading], None]) -> list[Reading]:
    """All of them, by as many people at once as there are parsers, for one alone may not have all. Each is kept as soon as it is read."""
    settings = ParserSettings()
    sandbox, readings, waiting = Sandbox(settings), list[Reading](), list(reversed(paths))

    async def one_after_another(person: UUID) -> None:
        while waiting:
            readings.append(await read(sandbox, waiting.pop(), person))
            keep(readings[-1])
            if len(readings) % 100 == 0:
                print(f"{len(readings)} of {len(paths)}", file=sys.stderr, flush=True)

    await sandbox.start()
    try:
        await asyncio.gather(*(one_after_another(UUID(int=number + 1)) for number in range(settings.processes)))
    finally:
        await sandbox.close()
    return readings


def report(readings: Sequence[Reading]) -> bool:
    """Print what was read, refused, slow and bad; False when something is bad."""
    kinds = Counter(one.path.suffix[1:].lower() for one in readings)
    refused = Counter(one.refusal for one in readings if one.refusal)
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    for sentence, count in refused.most_common():
        example = next(one.path.name for one in readings if one.refusal == sentence)
        print(f"refused {count}: {sentence} ({example})")
    for one in sorted(readings, key=lambda one: -one.took_s)[:SLOWEST]:
        print(f"slow {one.took_s:.1f} s: {one.path.name} ({one.size:,} bytes, {one.characters:,} characters)")
    for one in sorted((one for one in readings if one.size > 1000), key=lambda one: -one.characters / one.size)[:3]:
        print(f"long {one.characters / one.size:.1f} characters a byte: {one.path.name} ({one.size:,} bytes)")
    bad = [one for one in readings if one.problem]
    for one in bad:
        print(f"bad: {one.path}: {one.problem}")
    seconds = sum(one.took_s for one in readings)
    print(
        f"{len(readings)} files, {sum(refused.values())} refused with a reason, {len(bad)} bad, {seconds:.0f} s of parsers"
    )
    return not bad


def _row(one: Reading) -> str:
    row = {"path": str(one.path), "s": round(one.took_s, 2), "chars": one.characters, "size": one.size}
    return json.dumps(row | {"refusal": one.refusal})


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*", default=[Path(folder) for folder in FOLDERS])
    parser.add_argument("--most", type=int, default=400)
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--report", type=Path)
    args = parser.parse_args()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(50)
    )  # refusals are counted here, not logged
    paths = chosen([folder.resolve() for folder in args.folders], args.most, args.pictures)
    with (args.report or Path(os.devnull)).open("w", encoding="utf-8", buffering=1) as rows:
        readings = asyncio.run(read_all(paths, lambda one: print(_row(one), file=rows)))
    sys.exit(0 if report(readings) else 1)


if __name__ == "__main__":
    main()
