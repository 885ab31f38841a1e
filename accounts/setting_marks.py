"""Notices which settings changed between two starts, without keeping any value."""

import hmac
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

from core.settings import Settings

ACTION = "settings.changed"


def of(settings: Settings, secret: str) -> dict[str, str]:
    """Name of every setting that is not the default → the beginning of a keyed hash of its value."""
    return {
        name: hmac.new(secret.encode(), f"{name}={value}".encode(), "sha256").hexdigest()[:16]
        for name, value in sorted(_values(settings))
    }


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Names of the settings that were set, changed or taken back."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _values(model: BaseModel, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            found += _values(value, f"{prefix}{name}.")
        elif value != field.get_default(call_default_factory=True):
            found.append((f"{prefix}{name}", _said(value)))
    return found


def _said(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
