"""What an exception of Qdrant Edge means. The engine raises bare exceptions, and panics that are no ``Exception``."""

from core.errors import FootnoteError, StorageFull, UpstreamUnavailable

AGAIN_S = 5.0
NO_ROOM = ("No space left on device", "Disk quota exceeded")


def is_of_engine(error: BaseException) -> bool:
    """True for the engine's own exceptions and panics; ours and Python's have classes of their own."""
    return type(error) is Exception or type(error).__name__ == "PanicException"


def is_full(error: BaseException) -> bool:
    """True when the engine found no room on the disk."""
    return any(sign in str(error) for sign in NO_ROOM)


def fact_of(error: BaseException) -> FootnoteError:
    """Our error for one of the engine's."""
    if is_full(error):
        return StorageFull("There is no room left for the search index. Nothing that is stored already is lost.")
    return UpstreamUnavailable(
        "The search index could not be read; it is being looked at. Please try again in a few seconds.",
        retry_after_s=AGAIN_S,
    )
