"""How long a small file of one person waits behind large files of another, where files are opened.

Usage: python -m benchmarks.waiting [--files heavy.doc …] [--at-once 4] [--repeat 5]

One person brings the given files again and again, as many at a time as there are; without any, old Word files of 2,000,000 characters.
Another brings a text of 35 bytes now and then. The last line is the longest wait; exits with 1 when it is over the target.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from core.settings import ParserSettings
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.mime import TEXT
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from tests import office

TARGET_S = 2.0
HEAVY_CHARS = 2_000_000
SMALL = b"The telescope room is number 314.\n\n"
ANN, BEN = UUID(int=1), UUID(int=2)
PAUSE_S = 1.0


def heavy_file(folder: Path) -> Path:
    """An old Word file of so many characters."""
    path = folder / "heavy.doc"
    path.write_bytes(office.old_word("Some words of a long report.\r" * (HEAVY_CHARS // 29)))
    return path


def kind_of(path: Path) -> str:
    """The type of a file, by its ends."""
    data = path.read_bytes()
    return sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], path.name)


async def _bring(sandbox: Sandbox, path: Path, mime_type: str, person: UUID) -> float:
    """Seconds until a file is read."""
    started = time.monotonic()
    async for _ in sandbox.parse(path, mime_type, user_id=person):
        pass
    return time.monotonic() - started


async def _again_and_again(sandbox: Sandbox, path: Path, mime_type: str, times: list[float]) -> None:
    while True:
        times.append(await _bring(sandbox, path, mime_type, ANN))


async def waits(files: Sequence[Path], at_once: int, repeat: int) -> tuple[list[float], list[float]]:
    """How long each small file took, and each large one that was read to its end meanwhile."""
    sandbox = Sandbox(ParserSettings())
    small = files[0].with_name("small.txt")
    small.write_bytes(SMALL)
    large: list[float] = []
    await sandbox.start()
    await _bring(sandbox, small, TEXT, BEN)
    busy = [
        asyncio.create_task(_again_and_again(sandbox, path, kind_of(path), large))
        for path in (list(files) * at_once)[:at_once]
    ]
    try:
        found = []
        for _ in range(repeat):
            await asyncio.sleep(PAUSE_S)
            found.append(await _bring(sandbox, small, TEXT, BEN))
        return found, large
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await sandbox.close()


def main() -> None:
    """Measure and compare with the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder, path.name) for path in arguments.files]
        for path, copy in zip(arguments.files, copies, strict=True):
            copy.write_bytes(path.read_bytes())
        found, large = asyncio.run(waits(copies or [heavy_file(Path(folder))], arguments.at_once, arguments.repeat))
    print(f"{len(large)} large files read meanwhile; one took {max(large, default=0.0):.1f} s at most")
    print("a small file of another person took " + ", ".join(f"{one:.2f}" for one in found) + " s")
    print(f"the longest wait: {max(found):.2f} s, at most {TARGET_S:.1f} s wanted")
    sys.exit(max(found) > TARGET_S)


if __name__ == "__main__":
    main()
