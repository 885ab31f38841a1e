"""How commands of ``footnote`` run: with the settings, as one event loop, with the services where they are wanted.

Imports are inside the functions, so that ``footnote --help`` does not wait for PyTorch.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.settings import Settings
    from services import Services


def run_and_exit(work: "Callable[[Settings], Coroutine[Any, Any, None]]") -> None:
    """Run a server, and exit the process at once when it returns: everything is closed by then.

    The event loop would wait for threads that still load a model, and the interpreter's teardown takes seconds with PyTorch.
    """

    async def work_and_exit(settings: "Settings") -> None:
        await work(settings)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    run(work_and_exit)


def run(work: "Callable[[Settings], Coroutine[Any, Any, None]]", *, is_quiet: bool = False) -> None:
    """Run this to its end with the settings.

    Args:
        is_quiet: log warnings and errors alone.
    """
    from core import logging
    from core.context import Source, current_source
    from core.settings import load_settings, log_notices

    command = Path(sys.argv[0]).stem, *sys.argv[1:2]
    current_source.set(Source(None, " ".join(command)))  # a server's requests bring their own
    settings = load_settings()
    # Only the account that runs this may read documents, index and logs.
    os.umask(0o077)
    logging.configure("warning" if is_quiet else settings.log_level)
    log_notices()
    try:
        asyncio.run(work(settings))
    except KeyboardInterrupt:
        sys.exit(130)


def with_services(work: "Callable[[Services], Awaitable[None]]", *, all_cores: bool = False) -> None:
    """Run this with the services.

    Args:
        all_cores: the embedding model may use all of them: nobody asks questions here.
    """

    async def work_with(settings: "Settings") -> None:
        from bootstrap import open_services

        if all_cores and not settings.embedding.threads:  # no web requests compete for the cores here
            embedding = settings.embedding.model_copy(update={"threads": os.cpu_count() or 1})
            settings = settings.model_copy(update={"embedding": embedding})

        async with open_services(settings, may_visit=True) as services:
            await work(services)

    run(work_with, is_quiet=True)
