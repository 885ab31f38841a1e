"""What doors are given of a conversation: rows as they were read, belonging to no session any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.conversation import Element, FeedbackRow, Step, Thread
from db.elements import file_url
from db.steps import MESSAGES
from db.threads import ThreadPage

__all__ = ["MESSAGES", "Element", "FeedbackRow", "OpenedThread", "Step", "Thread", "ThreadPage", "file_url"]


@dataclass(frozen=True, slots=True)
class OpenedThread:
    """A thread with all that is in it, each in the order of its creation."""

    thread: Thread
    steps: Sequence[Step]
    elements: Sequence[Element]
    feedback: Sequence[FeedbackRow]
