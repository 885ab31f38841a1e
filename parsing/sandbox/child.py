"""What one child process does: open one file within its limits, say what is in it, and end.

Messages from the child: ``{"progress": [pages done, pages in all]}``, ``{"recognising": True}`` (a picture, which takes
seconds) and ``{"section": {…}, "cpu_s": so far}`` any number of times, then one of ``{"end": True}``, ``{"image": bytes}``,
``{"unreadable": sentence}`` (for the person) and ``{"crash": traceback}`` (for the log).
"""

import logging
import os
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from core.errors import DocumentUnreadable
from parsing.limits import CpuTime, die_with, limit_memory
from parsing.sandbox import frames, wire
from parsing.sniff.mime import IMAGES, PDF

MESSAGE_EVERY_S = 0.1
Send = Callable[[dict[str, Any]], None]
OUT_OF_MEMORY = "The file needs more memory to open than is allowed."


def preload() -> None:
    """Import all parsers, so that a forked child has them at once.

    spaCy and torch (300 MB) are kept out: unstructured imports them for labels that are not used, see ``partition.warm_up``.
    """
    sys.modules["torch"] = None  # type: ignore[assignment]
    sys.modules["spacy"] = ModuleType("spacy")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    from parsing import registry

    registry.warm_up()


def run(work: socket.socket) -> None:
    """Do the one task that is asked for on ``work``."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    task = frames.receive(work)
    cpu = CpuTime(task["cpu_s"], task["page_cpu_s"])
    limit_memory(task["memory_bytes"])
    cpu.begin()
    try:
        answer = _do(task, cpu, lambda message: work.sendall(frames.pack(message)))
    except DocumentUnreadable as error:
        answer = {"unreadable": error.message}
    except MemoryError:
        answer = {"unreadable": OUT_OF_MEMORY}
    except Exception:
        answer = {"crash": traceback.format_exc()}
    work.sendall(frames.pack(answer))


def _do(task: dict[str, Any], cpu: CpuTime, send: Send) -> dict[str, Any]:
    from parsing import registry
    from parsing import visibility as hidden
    from parsing.formats.images import reader as images
    from parsing.formats.pdf import reader as pdf

    path, mime_type = Path(task["path"]), task["mime_type"]
    paged = pdf if mime_type == PDF else images if mime_type in IMAGES else None
    if task["do"] == "render":
        return {"image": (paged or pdf).render(path, task["page"], task["width_px"])}
    _set_up_ocr(task["ocr"], cpu, send)
    progress = _progress_to(send, cpu if paged else None)
    if paged and task["first_page"] > 1:
        sections = paged.parse(path, progress, task["first_page"])
    else:
        sections = registry.parse(path, mime_type, progress)
    for section in sections:
        send({"section": wire.to_message(hidden.without_unseen(section)), "cpu_s": time.process_time()})
    return {"end": True}


def _set_up_ocr(settings: dict[str, Any], cpu: CpuTime, send: Send) -> None:
    from parsing.formats.images import ocr

    def on_page() -> None:
        cpu.recognise()
        send({"recognising": True})

    ocr.use(ocr.OcrOptions(**settings, die_with_me=partial(die_with, os.getpid()), on_page=on_page))


def _progress_to(send: Send, cpu: CpuTime | None) -> Callable[[int, int], None]:
    """Tells the server how far it is, now and then, and the kernel of every page."""
    last = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal last
        if cpu:
            cpu.turn_page()
        if time.monotonic() - last >= MESSAGE_EVERY_S or done == total:
            last = time.monotonic()
            send({"progress": [done, total]})

    return progress
