"""Throughput of a stage from its latest steps, for the time left."""

from collections import deque
from dataclasses import dataclass, field

STEPS = 12  # that the rate is taken over: long enough to be calm, short enough to follow
WEIGHT = 0.3  # of the newest job in what is usual


@dataclass
class Rate:
    """Steps of one stage as they come.

    Attributes:
        steps: (when in seconds, how much was done by then), the latest, oldest first.
        first: the very first of them, which only marks the start.
    """

    steps: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=STEPS))
    first: tuple[float, int] | None = None

    def note(self, now_s: float, done: int) -> None:
        """So much is done at this time; what does not move is no step."""
        self.first = self.first or (now_s, done)
        if not self.steps or done > self.steps[-1][1]:
            self.steps.append((now_s, done))

    @property
    def per_s(self) -> float | None:
        """Things done per second; None until two steps are known."""
        if len(self.steps) < 2:
            return None
        (since, before), (until, done) = self.steps[0], self.steps[-1]
        return (done - before) / (until - since) if until > since else None

    def left_s(self, now_s: float, total: int) -> float | None:
        """Seconds until ``total`` is reached, 0 or more; None when that cannot be told."""
        if self.per_s is None:
            return None
        since, done = self.steps[-1]
        return max((total - done) / self.per_s - (now_s - since), 0.0)


@dataclass
class UsualRates:
    """What jobs of this process took, lately.

    Attributes:
        embedding_s: seconds per page from the end of parsing to the end; None before the first job.
    """

    embedding_s: float | None = None

    def note(self, embedding_s: float) -> None:
        """A job took so long per page."""
        before = embedding_s if self.embedding_s is None else self.embedding_s
        self.embedding_s = before + WEIGHT * (embedding_s - before)
