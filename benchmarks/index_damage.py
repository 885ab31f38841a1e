"""Ways of damaging the folder of a search index."""

import os
from pathlib import Path


def _largest(index: Path, pattern: str) -> Path:
    return max(index.glob(pattern), key=lambda path: path.stat().st_blocks)


def zero_log(index: Path) -> None:
    log = _largest(index, "shard/wal/open-*")
    log.write_bytes(bytes(log.stat().st_size))


def flip_pages(index: Path) -> None:
    with _largest(index, "shard/segments/*/vector_storage-dense/vectors/chunk_0.mmap").open("r+b") as file:
        pages = bytes(byte ^ 0xFF for byte in file.read(16384))
        file.seek(0)
        file.write(pages)


def truncate(index: Path) -> None:
    os.truncate(_largest(index, "shard/segments/*/payload_storage/page_0.dat"), 4096)


def break_json(index: Path) -> None:
    (index / "shard" / "edge_config.json").write_text('{"vec')
