"""What to do with a damaged folder of Qdrant Edge: it is set aside, because an operator may want to look at it, and never opened again."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

MARK = ".damaged-"
KEPT = 1  # the newest; each may be as large as the index


def set_aside(folder: Path, reason: str) -> None:
    """Move a folder to ``NAME.damaged-TIME`` beside it, and delete older ones."""
    target = folder.with_name(f"{folder.name}{MARK}{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    folder.rename(target)
    log.error("index.damaged", folder=str(folder), set_aside_as=target.name, reason=reason[-500:])
    for old in _set_aside(folder)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _set_aside(folder: Path) -> list[Path]:
    """The folders that were set aside, oldest first."""
    return sorted(folder.parent.glob(f"{folder.name}{MARK}*"))
