"""Chainlit's data layer on our own tables."""

from chat.data_layer.layer import FootnoteDataLayer

__all__ = ["FootnoteDataLayer"]
