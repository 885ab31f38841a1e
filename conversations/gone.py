"""What was deleted a moment ago, so that a write that was still under way does not bring it back."""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID


class Gone:
    """The last ``size`` ids that were deleted by this process."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._ids: OrderedDict[UUID, None] = OrderedDict()

    def add(self, ids: Iterable[UUID]) -> None:
        """Remember ids as deleted."""
        for gone in ids:
            self._ids[gone] = None
            self._ids.move_to_end(gone)
        while len(self._ids) > self._size:
            self._ids.popitem(last=False)

    def discard(self, some_id: UUID) -> None:
        """Forget that it was deleted."""
        self._ids.pop(some_id, None)

    def __contains__(self, some_id: object) -> bool:
        return some_id in self._ids
