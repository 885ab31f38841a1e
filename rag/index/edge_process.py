"""Runs a module of this package on a closed Qdrant Edge shard in a separate process."""

import asyncio
import sys
from pathlib import Path
from subprocess import TimeoutExpired

from core.embedded.process import spawn, stop


async def run(module: str, folder: Path, dimension: int, limit_s: float) -> tuple[int | None, str]:
    """Run ``python -m MODULE SHARD DIMENSION``; returns its exit code (None: it took longer than ``limit_s``) and the end of its output.

    Args:
        folder: of the index; its log is ``NAME.log`` in it.
    """
    log = folder / f"{module.rpartition('.')[2]}.log"
    log.unlink(missing_ok=True)
    child = spawn([sys.executable, "-m", module, str(folder / "shard"), str(dimension)], log=log)
    try:
        code: int | None = await asyncio.to_thread(child.wait, limit_s)
    except TimeoutExpired:
        code = None
    finally:
        stop(child, timeout_s=0)
    return code, (await asyncio.to_thread(log.read_text, errors="replace"))[-500:].strip()
