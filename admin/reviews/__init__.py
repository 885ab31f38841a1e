"""The review queue in the console."""

from admin.reviews.pages import router

__all__ = ["router"]
