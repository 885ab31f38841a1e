"""One look for all that a process may have to do.

Each loop that looked by itself would cost some statements a second in every process, day and night. Here one statement asks for all of
them, and only the loop that has something to do goes on. What is announced by a message does not wait for a look.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, select

from core.retry import forever
from db.session import Database

LOOK_EVERY_S = 5.0
NET_S = 120.0  # a loop that the lookout calls also looks by itself, after so long


class Lookout:
    """Looks what there is to do, and calls who does it.

    Args:
        every_s: seconds between two looks.
    """

    def __init__(self, database: Database, every_s: float = LOOK_EVERY_S) -> None:
        self._database = database
        self._every_s = every_s
        self._values: list[ColumnElement[Any]] = []
        self._calls: list[Callable[[Any], None]] = []

    def when(self, condition: ColumnElement[bool], call: Callable[[], None]) -> None:
        """Call this after every look in which the condition is true."""
        self._values.append(condition)
        self._calls.append(lambda is_so: call() if is_so else None)

    def when_changed(self, value: ColumnElement[str | None], call: Callable[[], None]) -> None:
        """Call this after the first look, and after every one in which the value is another one than before."""
        seen: list[str | None] = []

        def look(found: str | None) -> None:
            if seen != [found]:
                seen[:] = [found]
                call()

        self._values.append(value)
        self._calls.append(look)

    async def run(self) -> None:
        """Look until cancelled."""
        await forever("work.not_looked_for", self.look, self._every_s)

    async def look(self) -> None:
        """Look once."""
        if not self._values:
            return
        columns = [value.label(f"value{number}") for number, value in enumerate(self._values)]
        async with self._database.glimpse() as session:
            found = (await session.execute(select(*columns))).one()
        for call, value in zip(self._calls, found, strict=True):
            call(value)
