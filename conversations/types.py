"""What doors get of a conversation: rows as read, detached from their session."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.conversation import Element, FeedbackRow, Step, Thread
from db.elements import file_url
from db.steps import MESSAGES
from db.threads import ThreadPage

__all__ = ["MESSAGES", "Element", "FeedbackRow", "OpenedThread", "Step", "Thread", "ThreadPage", "file_url"]


@dataclass(frozen=True, slots=True)
class OpenedThread:
    """A thread with its steps, elements and feedback, each in order of creation."""

    thread: Thread
    steps: Sequence[Step]
    elements: Sequence[Element]
    feedback: Sequence[FeedbackRow]
