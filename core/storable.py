"""Makes text storable in PostgreSQL, UTF-8 and JSON: one rule for text from files and from browsers."""

import re

LONGEST_NAME = 200  # characters of a name that people give: to a conversation, a library, a group
REPLACEMENT = "\ufffd"
# A pattern: NULs, a pair of surrogates, a lone surrogate.
NOT_STORABLE = "\0+|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]"
_PATTERN = re.compile(NOT_STORABLE)


def storable(text: str) -> str:
    """The text without NUL characters. A pair of surrogates becomes its character, a lone one becomes U+FFFD."""
    return _PATTERN.sub(lambda match: stored_as(match[0]), text)


class StorableStream:
    """:func:`storable` for a text that arrives in pieces, which may part a pair of surrogates."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """The text that is decided after this piece."""
        text = self._half + piece
        self._half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        return storable(text[:-1] if self._half else text)

    def flush(self) -> str:
        """The rest, when no more pieces come."""
        rest, self._half = storable(self._half), ""
        return rest


def stored_as(run: str) -> str:
    """The replacement of a run that ``NOT_STORABLE`` matches."""
    if run[0] == "\0":
        return ""
    return REPLACEMENT if len(run) == 1 else run.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
