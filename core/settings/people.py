"""Settings of sign-in, and limits per person."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from core.access import Oversight
from core.kinds import KINDS, names_of, require_kinds
from core.settings.section import InFile, Section

STANDARD = "standard"  # the tier of people who are in no other
_TIER_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
Bytes = Annotated[int, Field(ge=1)]


class AdminSettings(Section):
    """The first admin, created at a start without any user, and what admins may see of conversations."""

    username: str = Field("admin", min_length=1, max_length=64, description="Name of the first admin.")
    password: SecretStr | None = Field(
        None, description="Password of the first admin; random and printed once when empty."
    )
    conversations: Oversight = Field(
        Oversight.REASON,
        description="Whether admins may open people's conversations: each time with a reason that the person sees (reason), without one"
        " (on), or not at all (off).",
    )


class SessionSettings(Section):
    """Sign-in sessions."""

    ttl_s: int = Field(7 * 24 * 3600, ge=60, le=90 * 24 * 3600, description="How long a sign-in lasts, in seconds.")
    refresh_s: InFile[int] = Field(
        30 * 24 * 3600,
        ge=60,
        le=365 * 24 * 3600,
        description="How long a refresh token of the API works, in seconds; each use gives a new one.",
    )
    link_s: InFile[int] = Field(
        7 * 24 * 3600,
        ge=300,
        le=90 * 24 * 3600,
        description="How long the one-time link works by which somebody sets a password, in seconds.",
    )
    cookie_secure: bool = Field(
        False,
        description="Send cookies over HTTPS only; they are where FOOTNOTE_PUBLIC_URL begins with https, whatever this says.",
    )


class KeySettings(Section):
    """API keys."""

    most: InFile[int] = Field(
        50, ge=0, le=10_000, description="API keys that one person may have at a time; 0: nobody makes any."
    )
    most_days: InFile[int] = Field(366, ge=1, le=36_500, description="Longest time that an API key may last, in days.")
    default_days: InFile[int] = Field(
        90, ge=1, le=36_500, description="How long an API key lasts when no time is named, in days."
    )


class Tier(Section):
    """Limits of a person in a tier."""

    questions_per_minute: int = Field(ge=0, le=10**9, description="Questions per minute; 0: no limit.")
    tokens_per_day: int = Field(ge=0, le=10**15, description="Tokens that models may take per day (UTC); 0: no limit.")


class SharingSettings(Section):
    """What people may show to each other of their conversations."""

    links: InFile[bool] = Field(
        False,
        description="People may share a conversation by a read-only link with everybody who can sign in here; its sources open only for"
        " those who may read them. Turned off, no link opens, also none that exists.",
    )


class LimitSettings(Section):
    """Limits per person and per address."""

    login_attempts: int = Field(
        10,
        ge=1,
        le=1000,
        description="Failed sign-ins of one name from one address in 5 minutes; as many in an hour by name or by address slow"
        " down those that follow.",
    )
    questions_per_minute: int = Field(30, ge=1, le=10_000, description="Questions per person per minute.")
    tokens_per_day: int = Field(
        0, ge=0, description="Tokens that models may take for one person's questions in a day (UTC); 0: no limit."
    )
    tiers: InFile[dict[str, Tier]] = Field(
        {},
        description="Limits by tier, in place of questions_per_minute and tokens_per_day; `footnote user tier` puts people into one.",
        examples=[
            "[limit.tiers.standard]\nquestions_per_minute = 30\ntokens_per_day = 200_000\n\n"
            "[limit.tiers.plus]\nquestions_per_minute = 120\ntokens_per_day = 0"
        ],
    )
    without_tokens: Literal["extract", "refuse"] = Field(
        "extract",
        description="What a question gets when the day's tokens are used up: the best sentences of the documents (extract), or a"
        " refusal (refuse).",
    )
    uploads_per_minute: int = Field(600, ge=1, le=100_000, description="Uploads per person per minute.")
    reviews_per_hour: InFile[int] = Field(
        20, ge=1, le=10_000, description="Times per hour that a person may tell the admins."
    )

    @field_validator("tiers")
    @classmethod
    def _tiers_have_short_names(cls, value: dict[str, Tier]) -> dict[str, Tier]:
        for name in value:
            if not _TIER_NAME.fullmatch(name):
                raise ValueError(
                    f"“{name}” is no name of a tier: small letters, digits, - and _, at most 32, a letter first"
                )
        return value

    @property
    def tier_names(self) -> list[str]:
        """All tiers that a person can be put into."""
        return sorted({STANDARD, *self.tiers})

    def tier(self, name: str) -> Tier:
        """The limits of a tier; for a name that is not in the settings (any more), those of ``standard``."""
        plain = Tier(questions_per_minute=self.questions_per_minute, tokens_per_day=self.tokens_per_day)
        return self.tiers.get(name) or self.tiers.get(STANDARD) or plain


class UploadSettings(Section):
    """Uploaded files."""

    max_bytes: int = Field(100 * 1024**2, ge=1024, le=40 * 1024**3, description="Largest file accepted, in bytes.")
    max_files: int = Field(20, ge=1, le=1000, description="Most files attached to one chat message.")
    user_bytes: int = Field(
        20 * 1024**3, ge=0, description="Most bytes that the files of one person may take; 0: no limit."
    )
    user_documents: int = Field(20_000, ge=0, description="Most documents that one person may bring; 0: no limit.")
    types: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description=f"Kinds of files accepted, of {', '.join(KINDS)}; empty: all that can be read."
    )
    max_bytes_by_type: InFile[dict[str, Bytes]] = Field(
        {},
        description="Largest file of a kind, in bytes, where it is less than max_bytes.",
        examples=["[upload.max_bytes_by_type]\nimage = 20_000_000\ntext = 50_000_000"],
    )

    @field_validator("types", mode="before")
    @classmethod
    def _a_variable_names_several(cls, value: Any) -> Any:
        return tuple(names_of(value)) if isinstance(value, str) else value

    @field_validator("types", "max_bytes_by_type")
    @classmethod
    def _only_kinds_are_named(cls, value: Any) -> Any:
        require_kinds(value)
        return value

    def accepts(self, kind: str) -> bool:
        """True when files of this kind (see ``core.kinds``) are accepted."""
        return not self.types or kind in self.types

    def max_bytes_of(self, kind: str) -> int:
        """The largest accepted size of files of this kind, in bytes."""
        return min(self.max_bytes, self.max_bytes_by_type.get(kind, self.max_bytes))
