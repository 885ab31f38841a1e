"""The trace of one answer: its stages in order, each with its time. Stored with the answer run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from core.telemetry import series, spans
from rag.types import Stage

# Stages that are spans of their own. The others take next to nothing, or have one already, as a model's answer has, and are moments of the
# span around them.
SHOWN = {"standalone", "route", "compose", "tables", "embed", "search", "words", "rerank", "check"}


@dataclass(slots=True)
class Trace:
    """Records the stages of one answer.

    Attributes:
        began: when the answer began, by ``perf_counter``.
    """

    began: float = field(default_factory=perf_counter)
    _stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Times a block and adds it as a stage, with what it puts into the yielded dictionary (JSON values: counts, choices).

        A block that raises is added too, with the class name of its error.
        """
        details: dict[str, Any] = {}
        started = perf_counter()
        try:
            with spans.span(name) if name in SHOWN else spans.NOTHING:
                yield details
        except BaseException as error:
            details["error"] = type(error).__name__
            raise
        finally:
            at_ms, took_ms = (round(seconds * 1000, 2) for seconds in (started - self.began, perf_counter() - started))
            self._add(Stage(name=name, at_ms=at_ms, took_ms=took_ms, details=details))

    def until_now(self, name: str) -> None:
        """Adds the whole time since ``began`` as one stage."""
        took_ms = round((perf_counter() - self.began) * 1000, 2)
        self._add(Stage(name=name, at_ms=0.0, took_ms=took_ms))

    def stages(self) -> tuple[Stage, ...]:
        """The stages, in the order in which they ended."""
        return tuple(self._stages)

    def _add(self, stage: Stage) -> None:
        series.STAGE_SECONDS.add(stage.took_ms / 1000, stage.name)
        if stage.name not in SHOWN:
            spans.event(stage.name, {"took_ms": stage.took_ms})
        self._stages.append(stage)
