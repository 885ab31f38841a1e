"""What an admin says about a person, and what of it is acceptable."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from core.access import Role
from core.errors import Invalid
from core.storable import storable
from db.groups import clean_name

LONGEST_DISPLAY_NAME = 100  # characters
LONGEST_EMAIL = 254
LONGEST_SHOWN = 60  # characters of what is refused
_EMAIL = re.compile(r"[^\s@<>\"(),;]{1,64}@[^\s@<>\"(),;]{1,189}")


def clean_display_name(text: str) -> str:
    """A name as it is shown, in one line; empty for none. Raises Invalid when it is too long."""
    name = " ".join(storable(text).split())
    if len(name) > LONGEST_DISPLAY_NAME or not name.isprintable():
        raise Invalid(f"A display name has at most {LONGEST_DISPLAY_NAME} characters, in one line.")
    return name


def clean_email(text: str) -> str:
    """An e-mail address as it is stored; empty for none. Raises Invalid for what is none."""
    email = storable(text).strip()
    if email and (len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email)):
        raise Invalid(f"“{email[:LONGEST_SHOWN]}” is no e-mail address; one looks like ann@example.org.")
    return email


def role_of(text: str) -> Role:
    """The role in a text; ``user`` when it is empty. Raises Invalid for what is none."""
    try:
        return Role(text.strip().lower() or Role.USER)
    except ValueError as error:
        raise Invalid(f"There is no role “{text[:40]}”; there are: {', '.join(Role)}.") from error


@dataclass(frozen=True, slots=True)
class PersonFields:
    """A person's fields, cleaned; build it with :meth:`of`."""

    display_name: str
    email: str
    role: Role
    tier: str
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, *, display_name: str, email: str, role: str, tier: str, groups: Collection[str] = ()) -> "PersonFields":
        """The fields in what somebody typed. Raises Invalid for what is not acceptable in any installation."""
        names = dict.fromkeys(filter(None, map(clean_name, groups)))
        return cls(clean_display_name(display_name), clean_email(email), role_of(role), tier.strip(), tuple(names))

    def check(self, tiers: Collection[str]) -> None:
        """Raise Invalid for a tier that is none of these."""
        if self.tier not in tiers:
            raise Invalid(f"There is no tier “{self.tier[:40]}”; there are: {', '.join(sorted(tiers))}.")

    @property
    def columns(self) -> dict[str, str | None]:
        """Values of the columns of a user, but for the role."""
        return {"display_name": self.display_name or None, "email": self.email or None, "tier": self.tier}
