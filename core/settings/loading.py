"""Reads the settings at start: errors as one sentence, deprecations as lines for the log."""

import structlog
from pydantic import ValidationError
from pydantic_settings import SettingsError

from core.errors import SettingsInvalid
from core.settings.sources import Sources
from core.settings.tree import Settings

log = structlog.get_logger(__name__)

_SENTENCES = {
    "extra_forbidden": "there is no such setting",
    "model_type": "it should be a table",
    "dict_type": "it should be a table",
    "tuple_type": "it should be a list",
    "missing": "it must be set",
}


def load_settings() -> Settings:
    """Read and check the settings.

    Raises:
        SettingsInvalid: a value is wrong; the message names the variable, or file, line and key, and says what is expected.
    """
    try:
        return Settings()
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        # An unknown name comes first: a typing error there explains a missing setting.
        first = min(errors, key=lambda one: one["type"] != "extra_forbidden")
        message = _SENTENCES.get(first["type"]) or first["msg"].removeprefix("Value error, ")
        where = Sources.read(Settings).place_of(first["loc"]) + ": " if first["loc"] else ""
        raise SettingsInvalid(f"{where}{message.rstrip('.')}.") from error
    except SettingsError as error:
        where = Sources.read(Settings).broken_json(Settings) or "The environment"
        raise SettingsInvalid(f"{where}: it is not JSON ({error.__cause__ or error}).") from error


def log_notices() -> None:
    """Log the old forms in use, and a file with secrets that every account may read; call it after logging is set up."""
    sources = Sources.read(Settings)
    for notice in sources.notices:
        log.warning("settings.deprecated", notice=notice)
    if sources.file and sources.file.secrets and sources.file.is_open_to_all:
        log.warning(
            "settings.secret_in_open_file",
            file=str(sources.file.path),
            keys=sources.file.secrets,
            notice="Every account of this machine may read it: chmod 600, or move these into the environment.",
        )
