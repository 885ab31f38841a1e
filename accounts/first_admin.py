"""The first admin, by whom a new installation is entered."""

import secrets
from dataclasses import dataclass

from accounts.rules import check_password, clean_username
from core.errors import Invalid, SettingsInvalid
from core.settings import AdminSettings


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The admin created at the first start; ``generated`` is True when the password is random."""

    username: str
    password: str
    generated: bool


def first_admin(settings: AdminSettings) -> FirstAdmin:
    """The admin of the settings, with a random password when they have none.

    Raises:
        SettingsInvalid: the configured name or password is not acceptable.
    """
    password = settings.password.get_secret_value() if settings.password else secrets.token_urlsafe(12)
    try:
        username = clean_username(settings.username)
        check_password(password, username)
        return FirstAdmin(username, password, settings.password is None)
    except Invalid as error:
        raise SettingsInvalid(f"FOOTNOTE_ADMIN_USERNAME, FOOTNOTE_ADMIN_PASSWORD: {error.message}") from error
