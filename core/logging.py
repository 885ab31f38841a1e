"""Structured logs on standard error: key=value for people at a terminal, JSON elsewhere."""

import logging
import sys

import structlog

_LEAST = {
    # db.engine: the pool of connections, whose logger is named after our class
    "warning": "alembic arq asyncio chainlit db.engine httpcore httpcore2 httpx httpx2 openai sentence_transformers"
    " uvicorn.access uvicorn.error",
    "error": "engineio socketio unstructured",
}


def configure(level: str = "info") -> None:
    """Set up logging for the process; call it once, in an entry point."""
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)  # never the values of locals
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    levels = logging.getLevelNamesMapping()
    for least, names in _LEAST.items():
        for name in names.split():
            logging.getLogger(name).setLevel(max(levels[least.upper()], levels[level.upper()]))
