"""What one child process does: open one file within its limits, say what is in it, and end.

Messages from the child: ``{"progress": [pages done, pages in all]}`` and ``{"section": {…}}`` any number of times, then one of
``{"end": True}``, ``{"image": bytes}``, ``{"unreadable": sentence}`` (for the person) and ``{"crash": traceback}`` (for the log).
"""

import logging
import os
import resource
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from core.errors import DocumentUnreadable
from ingestion import frames

MESSAGE_EVERY_S = 0.1
OUT_OF_MEMORY = "The file needs more memory to open than is allowed."


def preload() -> None:
    """Import all parsers, so that a forked child has them at once.

    spaCy and torch (300 MB) are kept out: unstructured imports them for labels that are not used, see ``partition.warm_up``.
    """
    sys.modules["torch"] = None  # type: ignore[assignment]
    sys.modules["spacy"] = ModuleType("spacy")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    from ingestion.parsers import registry

    registry.warm_up()


def run(work: socket.socket) -> None:
    """Do the one task that is asked for on ``work``."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    task = frames.receive(work)
    _limit(task["memory_bytes"], task["cpu_s"])
    try:
        answer = _do(task, lambda message: work.sendall(frames.pack(message)))
    except DocumentUnreadable as error:
        answer = {"unreadable": error.message}
    except MemoryError:
        answer = {"unreadable": OUT_OF_MEMORY}
    except Exception:
        answer = {"crash": traceback.format_exc()}
    work.sendall(frames.pack(answer))


def _do(task: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    from ingestion.parsers import pdf, registry

    path = Path(task["path"])
    if task["do"] == "render":
        return {"image": pdf.render(path, task["page"], task["width_px"])}
    for section in registry.parse(path, task["mime_type"], _progress_to(send)):
        send({"section": section.model_dump(mode="json")})
    return {"end": True}


def _progress_to(send: Callable[[dict[str, Any]], None]) -> Callable[[int, int], None]:
    last = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= MESSAGE_EVERY_S or done == total:
            last = time.monotonic()
            send({"progress": [done, total]})

    return progress


def _limit(memory_bytes: int, cpu_s: int) -> None:
    """Memory on top of what the parsers themselves take; CPU seconds; no files written, no core dumps."""
    if sys.platform == "linux":  # macOS knows the limit but does not keep it
        limit = memory_bytes + _address_space_bytes()
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
