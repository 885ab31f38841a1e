"""The port for plain completions, used by the steps around an answer."""

from typing import Protocol


class Completer(Protocol):
    """A model for small tasks."""

    async def complete(self, prompt: str, timeout_s: float) -> str:
        """The whole reply of the cheapest model, without retries.

        Raises:
            UpstreamUnavailable: no model may be called, it failed, or it took longer than ``timeout_s`` seconds.
        """
        ...
