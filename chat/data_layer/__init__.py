"""What Chainlit remembers, kept in our own tables."""

from chat.data_layer.layer import FootnoteDataLayer

__all__ = ["FootnoteDataLayer"]
