"""Throughput of a stage from its latest steps, for estimates of the time left."""

from collections import deque
from dataclasses import dataclass, field

STEPS = 12  # the rate is the mean over this many: long enough to be stable, short enough to follow changes
WEIGHT = 0.3  # of the newest job in the moving average


@dataclass
class Rate:
    """The steps of one stage.

    Attributes:
        steps: the latest steps as (time in seconds, amount done by then), oldest first.
        first: the first step, which marks the start.
    """

    steps: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=STEPS))
    first: tuple[float, int] | None = None

    def note(self, now_s: float, done: int) -> None:
        """Add a step, if more is done than at the last one."""
        self.first = self.first or (now_s, done)
        if not self.steps or done > self.steps[-1][1]:
            self.steps.append((now_s, done))

    @property
    def per_s(self) -> float | None:
        """Amount done per second; None until there are two steps."""
        if len(self.steps) < 2:
            return None
        (since, before), (until, done) = self.steps[0], self.steps[-1]
        return (done - before) / (until - since) if until > since else None

    def left_s(self, now_s: float, total: int) -> float | None:
        """Seconds until ``total`` is reached, 0 or more; None when the rate is unknown."""
        if self.per_s is None:
            return None
        since, done = self.steps[-1]
        return max((total - done) / self.per_s - (now_s - since), 0.0)


@dataclass
class UsualRates:
    """How long recent jobs of this process took.

    Attributes:
        embedding_s: seconds per page from the end of parsing to the end; None before the first job.
    """

    embedding_s: float | None = None

    def note(self, embedding_s: float) -> None:
        """Add the time per page of a job."""
        before = embedding_s if self.embedding_s is None else self.embedding_s
        self.embedding_s = before + WEIGHT * (embedding_s - before)
