"""Old forms of three variables, still read by this version (0.1), with a warning in the log. Remove this module in the next one."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import SettingsInvalid
from core.kinds import names_of, require_kinds

_UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3}


@dataclass(frozen=True, slots=True)
class OldForm:
    """The old form of a variable.

    Attributes:
        variable, replaced_by: its old and new name.
        example: the old form of a value.
        table: the table of ``footnote.toml`` to use instead.
        read: converts the old text to the new value; raises ValueError with the reason.
    """

    variable: str
    replaced_by: str
    example: str
    table: str
    read: Callable[[str], Any]

    def is_used(self, text: str | None) -> bool:
        """True when a value is of the old form: neither JSON nor ``null`` (the default)."""
        return bool(text) and text != "null" and (self.is_renamed or not str(text).lstrip().startswith(("{", "[")))

    @property
    def is_renamed(self) -> bool:
        """True when the variable has a new name."""
        return self.variable != self.replaced_by

    @property
    def notice(self) -> str:
        """The line for the log."""
        return (
            f"{self.variable} in the form {self.example} is deprecated and will not be read by the next version; "
            f"write {self.table} in footnote.toml."
        )


def tiers_of(text: str) -> dict[str, dict[str, int]]:
    """``standard=30/min,200000/day; plus=120/min,0/day`` → limits by tier."""
    tiers: dict[str, dict[str, int]] = {}
    for part in filter(str.strip, text.split(";")):
        name, _, limits = (piece.strip() for piece in part.partition("="))
        per_minute, _, per_day = (piece.strip() for piece in limits.partition(","))
        questions, tokens = per_minute.removesuffix("/min"), per_day.removesuffix("/day")
        if questions == per_minute or not (_is_number(questions) and _is_number(tokens)):
            raise ValueError(f"“{part.strip()}” is no tier; it was written as plus=120/min,500000/day")
        if name in tiers:
            raise ValueError(f"the tier “{name}” is there twice")
        tiers[name] = {"questions_per_minute": int(questions), "tokens_per_day": int(tokens)}
    return tiers


def sizes_of(text: str) -> dict[str, int]:
    """``image=20MB, text=500KB`` → bytes by kind of file."""
    sizes = {}
    for entry in names_of(text):
        name, _, size = (piece.strip() for piece in entry.partition("="))
        number = size.upper().removesuffix("B")
        unit = _UNITS.get(number[-1:], 1)
        digits = number[:-1].rstrip() if unit > 1 else number
        if not _is_number(digits):
            raise ValueError(f"“{entry}” is not of the form image=20MB")
        sizes[name] = int(digits) * unit
    require_kinds(sizes)
    return sizes


def chain_of(text: str) -> list[dict[str, Any]]:
    """The ``[[models]]`` tables of the file that the variable names."""
    path = Path(text)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    models = tables.get("models")
    if not isinstance(models, list) or not models or set(tables) != {"models"}:
        raise ValueError(f"{path} should hold [[models]] tables, one for each model, and nothing else")
    if any("api_key" in model for model in models if isinstance(model, dict)):
        raise ValueError(f"{path} may not hold an api_key; name the variable that holds it as api_key_env")
    return models


OLD_FORMS = (
    OldForm(
        variable="FOOTNOTE_LIMIT_TIERS",
        replaced_by="FOOTNOTE_LIMIT_TIERS",
        example="standard=30/min,200000/day",
        table="[limit.tiers.standard]",
        read=tiers_of,
    ),
    OldForm(
        variable="FOOTNOTE_UPLOAD_TYPE_BYTES",
        replaced_by="FOOTNOTE_UPLOAD_MAX_BYTES_BY_TYPE",
        example="image=20MB",
        table="[upload.max_bytes_by_type]",
        read=sizes_of,
    ),
    OldForm(
        variable="FOOTNOTE_LLM_CHAIN",
        replaced_by="FOOTNOTE_LLM_CHAIN",
        example="models.toml",
        table="[[llm.chain]]",
        read=chain_of,
    ),
)


def translate(variables: Mapping[str, str | None]) -> tuple[dict[str, str | None], list[str]]:
    """Variables by lower-case name → the same with old forms converted, and a line for the log for each of these.

    Raises:
        SettingsInvalid: an old form is not valid; the message names the variable.
    """
    translated, notices = dict(variables), []
    for form in OLD_FORMS:
        text = translated.get(form.variable.lower())
        if text is None or not form.is_used(text):
            continue
        try:
            value = json.dumps(form.read(text), default=str)
        except ValueError as error:
            raise SettingsInvalid(f"{form.variable}: {error}.") from error
        if form.is_renamed:
            del translated[form.variable.lower()]
            translated.setdefault(form.replaced_by.lower(), value)
        else:
            translated[form.variable.lower()] = value
        notices.append(form.notice)
    return translated, notices


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
