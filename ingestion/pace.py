"""How fast a stage goes, from its latest steps."""

from collections import deque
from dataclasses import dataclass, field

STEPS = 12  # that the rate is taken over: long enough to be calm, short enough to follow


@dataclass
class Pace:
    """Steps of one stage as they come.

    Attributes:
        steps: (when in seconds, how much was done by then), oldest first. The first one only marks the start.
    """

    steps: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=STEPS))

    def note(self, now_s: float, done: int) -> None:
        """So much is done at this time; what does not move is no step."""
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
