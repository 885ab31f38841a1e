"""Files are read as in a child process, without the process."""

from collections.abc import Callable

import pytest
from parsing.types import Section

from parsing import registry
from parsing.parser_input import InMemoryFile
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff

Read = Callable[..., list[Section]]


@pytest.fixture(scope="session")
def _loaded() -> None:
    registry.warm_up()


@pytest.fixture
def read(_loaded: None) -> Read:
    """Sections of a file by its bytes and, where that matters, its name."""

    def parse(data: bytes, filename: str = "file") -> list[Section]:
        mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], filename)
        return list(registry.parse(InMemoryFile(data), mime_type, lambda *_: None))

    return parse
