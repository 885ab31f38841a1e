"""Text that PostgreSQL, UTF-8 and JSON can carry: one rule for whatever comes from outside, from files as from browsers."""

import re

REPLACEMENT = "\ufffd"
NOT_STORABLE = (
    "\0+|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]"  # a pattern: NUL, a pair of surrogates, half of a pair
)
_FOUND = re.compile(NOT_STORABLE)


def storable(text: str) -> str:
    """The text without NUL characters. Two surrogates that belong together become their character, a lone one becomes U+FFFD."""
    return _FOUND.sub(lambda found: stored_as(found[0]), text)


def stored_as(run: str) -> str:
    """What is stored for a run that ``NOT_STORABLE`` matches."""
    if run[0] == "\0":
        return ""
    return REPLACEMENT if len(run) == 1 else run.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
