"""Installs the chat on the host app. Chainlit reads its environment when it is imported, so it is imported only after that is set."""

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI

from chat.hardening import telemetry
from core.settings import Settings
from services import Services

if TYPE_CHECKING:
    from chat.runtime import ChatRuntime

ROOT = Path(__file__).resolve().parents[1]


def prepare_environment(secret: str, var_dir: Path) -> None:
    """Set the environment variables that Chainlit reads; ``core.environment`` has already removed those it must not find."""
    os.environ["CHAINLIT_APP_ROOT"] = str(_app_root(var_dir.resolve()))
    os.environ["CHAINLIT_AUTH_SECRET"] = secret
    os.environ["CHAINLIT_COOKIE_SAMESITE"] = "lax"


def _app_root(var_dir: Path) -> Path:
    """Chainlit's folder, with links to its files: it creates a folder next to them when imported, and the code may be read-only."""
    root = var_dir / "chainlit"
    root.mkdir(parents=True, exist_ok=True)
    for name in (".chainlit", "public", "chainlit.md"):
        link = root / name
        if link.is_symlink() and link.readlink() != ROOT / name:
            link.unlink()
        if not link.is_symlink():
            link.symlink_to(ROOT / name)
    return root


def install(app: FastAPI, services: Services) -> "ChatRuntime":
    """Mount the hardened chat at ``/``. Call it after all other routes of ``app`` are declared; it takes all remaining paths.

    Returns:
        the runtime, which the host's lifespan starts, drains and closes (those of mounted apps do not run).
    """
    prepare_environment(services.parts.secret, services.settings.var_dir)
    telemetry.keep_out()
    from chat.data_layer import FootnoteDataLayer
    from chat.mount import mount
    from chat.runtime import ChatRuntime
    from chat.services import ChatServices, use

    chat = ChatServices(services, FootnoteDataLayer(services.conversations, services.accounts))
    use(chat)
    _configure(services.settings)
    mount(app, services, ROOT / "app.py")
    return ChatRuntime(chat)


def _configure(settings: Settings) -> None:
    """Set Chainlit's options that depend on our settings."""
    import chainlit.auth.cookie
    import chainlit.config
    from chainlit.config import config

    folder = settings.var_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    chainlit.config.FILES_DIRECTORY = folder.resolve()
    chainlit.auth.cookie._cookie_secure = settings.cookies_are_secure
    config.project.user_session_timeout = settings.session.ttl_s
    upload = config.features.spontaneous_file_upload
    if upload:
        upload.max_files = settings.upload.max_files
        upload.max_size_mb = math.ceil(settings.upload.max_bytes / 1_000_000)
