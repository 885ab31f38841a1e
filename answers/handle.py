"""What an answer run and those who look after it tell each other while it runs."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from rag.events import Citations


@dataclass(slots=True)
class RunHandle:
    """An answer run, before and while it is answered.

    Attributes:
        is_queued: its row exists already: a worker took it from the queue, and its question was counted when it came.
        is_released: it is stopped here so that another worker answers it: nothing of it is stored.
        check: the result of the check of what was written when it was stopped.
    """

    id: UUID = field(default_factory=uuid4)
    is_queued: bool = False
    is_released: bool = False
    check: Citations | None = None
