"""Keeps a tracing SDK out of the process. ``literalai``, which Chainlit imports for its types, imports ``traceloop.sdk``, and with it
gRPC and some forty instrumentation packages: a second of every start, and code that can send people's questions to other hosts.
"""

import sys
from types import ModuleType
from typing import Any


class Traceloop:
    """Replaces the SDK's entry point. Nothing in Footnote starts it."""

    @staticmethod
    def init(*_: Any, **__: Any) -> None:
        """Refuse.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("Footnote runs without the tracing SDK.")


def keep_out() -> None:
    """Put empty modules in the SDK's place. Call it before Chainlit is imported; later calls change nothing."""
    if "traceloop.sdk" in sys.modules:
        return
    package, sdk = ModuleType("traceloop"), ModuleType("traceloop.sdk")
    vars(package)["sdk"], vars(sdk)["Traceloop"] = sdk, Traceloop
    sys.modules |= {"traceloop": package, "traceloop.sdk": sdk}
