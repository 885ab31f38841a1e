"""Measures what uploads cost a real server: its memory while a large file arrives, or the wait of a person who chats meanwhile.

Usage: python -m benchmarks.uploads [--size 300]      memory of the server while a file of this many MB is uploaded
       python -m benchmarks.uploads --users 200       this many people upload a file at once while one person chats
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator

import httpx

from benchmarks import crowd
from benchmarks.serving import Server, serving, sign_in

MB = 1024**2
TARGET_MB = 50.0
LOOK_EVERY_S = 0.02
BOUNDARY = "a-boundary"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.pdf"\r\n\r\n'.encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


async def body_of(size_mb: int) -> AsyncIterator[bytes]:
    """A form with a file, never in memory as a whole. The file is unreadable, so that parsing fails at once and costs nothing."""
    yield HEAD + b"%PDF-1.7\n"
    for _ in range(size_mb):
        yield os.urandom(MB)
    yield TAIL


async def upload_file(client: httpx.AsyncClient, size_mb: int) -> float:
    """Uploads a file; returns the seconds it took."""
    started = time.monotonic()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = await client.post("/api/documents", content=body_of(size_mb), headers=kind)
    answer.raise_for_status()
    return time.monotonic() - started


async def growth_mb(server: Server, size_mb: int) -> tuple[float, float, float]:
    """The memory before, its largest growth while a file arrived (both in MB), and the seconds of the upload."""
    async with httpx.AsyncClient(base_url=server.url, timeout=600) as client:
        client.headers.update(await sign_in(client, "admin"))
        await upload_file(client, 1)  # so that everything is loaded
        await asyncio.sleep(3)
        before = peak = server.rss_bytes
        upload = asyncio.create_task(upload_file(client, size_mb))
        while not upload.done():
            peak = max(peak, server.rss_bytes)
            await asyncio.sleep(LOOK_EVERY_S)
        return before / MB, (peak - before) / MB, await upload


def measure_memory(size_mb: int) -> bool:
    """Measures one file and prints a row; True when the target is met."""
    with serving(FOOTNOTE_UPLOAD_MAX_BYTES=str((size_mb + 1) * MB)) as server:
        before, growth, seconds = asyncio.run(growth_mb(server, size_mb))
    print(f"{'file':>10}{'took':>10}{'rate':>12}{'server before':>16}{'grew by at most':>18}")
    print(f"{size_mb:>7} MB{seconds:>8.1f} s{size_mb / seconds:>7.0f} MB/s{before:>13.0f} MB{growth:>15.1f} MB")
    is_met = growth < TARGET_MB
    print(f"\nTarget: memory grows by < {TARGET_MB:.0f} MB: {'met' if is_met else 'MISSED'} ({growth:.1f} MB)")
    return is_met


def main() -> None:
    """The command line; exits with 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=300, help="MB of the one large file")
    parser.add_argument("--users", type=int, default=0, help="people who bring a small file each, at once")
    arguments = parser.parse_args()
    is_met = crowd.measure(arguments.users) if arguments.users else measure_memory(arguments.size)
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()
