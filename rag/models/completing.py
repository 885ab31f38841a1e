"""The port for a plain completion, used by the steps around an answer."""

from typing import Protocol


class Completer(Protocol):
    """A model to ask in passing."""

    async def complete(self, prompt: str, timeout_s: float) -> str:
        """The whole reply, from the cheapest model, asked once.

        Raises:
            UpstreamUnavailable: no model may be asked, it failed, or it took longer than ``timeout_s`` seconds.
        """
        ...
