"""The trace of one answer: its stages in order, each with its time. Stored with the answer run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from rag.types import Stage


@dataclass(slots=True)
class Trace:
    """The stages so far; give :meth:`stages` out when they are wanted.

    Attributes:
        began: by ``perf_counter``.
    """

    began: float = field(default_factory=perf_counter)
    _stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a block; what it puts into the dictionary (JSON values: counts, choices) is kept with the stage.

        A block that raises is kept too, with the kind of its error.
        """
        details: dict[str, Any] = {}
        started = perf_counter()
        try:
            yield details
        except BaseException as error:
            details["error"] = type(error).__name__
            raise
        finally:
            at_ms, took_ms = (round(seconds * 1000, 2) for seconds in (started - self.began, perf_counter() - started))
            self._stages.append(Stage(name=name, at_ms=at_ms, took_ms=took_ms, details=details))

    def until_now(self, name: str) -> None:
        """Add all that has passed since it began, as one stage."""
        took_ms = round((perf_counter() - self.began) * 1000, 2)
        self._stages.append(Stage(name=name, at_ms=0.0, took_ms=took_ms))

    def stages(self) -> tuple[Stage, ...]:
        """In the order in which they ended."""
        return tuple(self._stages)
