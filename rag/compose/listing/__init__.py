"""Lists and counts: the whole scope is looked through, every record is judged, and every hit is cited."""

from rag.compose.listing.composer import listing

__all__ = ["listing"]
