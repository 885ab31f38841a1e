"""The review queue: what admins look at, and what becomes of it."""

from answers.reviews.service import LONGEST_NOTE, Changed, Reviews
from answers.reviews.views import (
    ReviewDetail,
    ReviewKind,
    ReviewPage,
    ReviewReceipt,
    ReviewState,
    ReviewView,
    kind_of,
    receipt_of,
)

__all__ = [
    "LONGEST_NOTE",
    "Changed",
    "ReviewDetail",
    "ReviewKind",
    "ReviewPage",
    "ReviewReceipt",
    "ReviewState",
    "ReviewView",
    "Reviews",
    "kind_of",
    "receipt_of",
]
