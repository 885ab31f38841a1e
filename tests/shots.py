"""Pictures that tests take for people to look at. A picture of a page takes a second of computing, and nothing is told by it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page

FOLDER = "FOOTNOTE_TEST_SHOTS"  # for who wants to look


@contextmanager
def shots() -> Iterator[Callable[[str], str]]:
    """Name → path of a picture in the folder ``FOOTNOTE_TEST_SHOTS``. Without it nobody looks, and no picture is taken in the block."""
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        yield lambda name: str(Path(folder) / f"{name}.png")
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "screenshot", _none)
        yield lambda name: f"{name}.png"


async def _none(*_: object, **__: object) -> bytes:
    return b""
