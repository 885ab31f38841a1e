"""What one child process does: open one file within its limits, say what is in it, and end.

Messages from the child: ``{"progress": [pages done, pages in all]}``, ``{"recognising": True}`` (a picture, which takes
seconds; it waits until the server says go) and ``{"section": {…}, "cpu_s": so far}`` any number of times, then one of
``{"end": True}``, ``{"image": bytes}``, ``{"unreadable": sentence}`` (for the person) and ``{"crash": traceback}`` (for the log).
"""

import logging
import os
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

from core.errors import DocumentUnreadable
from parsing.limits import CpuTime, limit_memory
from parsing.parser_input import OpenFile
from parsing.sandbox import frames, wire
from parsing.sniff.mime import IMAGES, PAGED
from parsing.storable import storable_line

MESSAGE_EVERY_S = 0.1
PARSER_NICENESS = 5  # on top of the forkserver's: somebody waits for a page image, nobody for a file
Send = Callable[[dict[str, Any]], None]
TOO_DEEP = "The file is nested too deeply to be read."
OUT_OF_MEMORY = "The file needs more memory to open than is allowed."


def preload() -> None:
    """Import all parsers, so that a forked child has them at once.

    spaCy and torch (300 MB) are kept out: unstructured imports them for labels that are not used, see ``html.reader.warm_up``.
    """
    sys.modules["torch"] = None  # type: ignore[assignment]
    sys.modules["spacy"] = ModuleType("spacy")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    from parsing import registry

    registry.warm_up()


def run(work: socket.socket, source: OpenFile) -> None:
    """Do the one task that is asked for on ``work``, with this file."""
    task = frames.receive(work)
    cpu = CpuTime(task["cpu_s"], task["page_cpu_s"])
    limit_memory(task["memory_bytes"])
    cpu.begin()
    try:
        answer = _do(task, source, cpu, work)
    except DocumentUnreadable as error:
        answer = {"unreadable": storable_line(error.message)}
    except MemoryError:
        answer = {"unreadable": OUT_OF_MEMORY}
    except RecursionError:  # mail in mail, brackets in brackets …
        answer = {"unreadable": TOO_DEEP}
    except Exception:
        answer = {"crash": storable_line(traceback.format_exc())}
    work.sendall(frames.pack(answer))


def _do(task: dict[str, Any], source: OpenFile, cpu: CpuTime, work: socket.socket) -> dict[str, Any]:
    from parsing import registry
    from parsing.formats.images import reader as images
    from parsing.formats.pdf import reader as pdf

    mime_type = task["mime_type"]
    if task["do"] == "render":
        reader = images if mime_type in IMAGES else pdf
        return {"image": reader.render(source, task["page"], task["width_px"])}
    os.nice(PARSER_NICENESS)

    def send(message: dict[str, Any]) -> None:
        work.sendall(frames.pack(message))

    _set_up_ocr(task["ocr"], cpu, work)
    progress = _progress_to(send, cpu if mime_type in PAGED else None)
    for section in registry.parse(source, mime_type, progress, task["first_page"]):
        send({"section": wire.to_message(section), "cpu_s": time.process_time()})
    return {"end": True}


def _set_up_ocr(settings: dict[str, Any], cpu: CpuTime, work: socket.socket) -> None:
    from parsing.formats.images import ocr

    def on_page() -> None:
        cpu.recognise()
        work.sendall(frames.pack({"recognising": True}))
        frames.receive(work)  # others may go first

    ocr.use(ocr.OcrOptions(**settings, on_page=on_page))


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
