"""Shared parts of the evaluations: one library, document ids from titles, and JSON-lines files."""

import json
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from core.access import SearchScope

LIBRARY = UUID(int=1)
SCOPE = SearchScope(frozenset([LIBRARY]))


def document_id(title: str) -> UUID:
    """The id under which a document is stored."""
    return uuid5(NAMESPACE_URL, title)


def lines(path: Path) -> list[dict[str, str]]:
    """The objects of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text().splitlines()]
