"""Settings of sign-in and of what one person may do."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from core.kinds import KINDS, names_of, require_kinds, sizes_of
from core.settings.section import Section
from core.tiers import STANDARD, Tier, tiers_of


class AdminSettings(Section):
    """The first admin, made at the first start when there is no user yet."""

    username: str = Field("admin", min_length=1, max_length=64, description="Name of the first admin.")
    password: SecretStr | None = Field(
        None, description="Password of the first admin; random and printed once when empty."
    )


class SessionSettings(Section):
    """Sign-in sessions."""

    ttl_s: int = Field(7 * 24 * 3600, ge=60, le=90 * 24 * 3600, description="How long a sign-in lasts, in seconds.")
    cookie_secure: bool = Field(False, description="Send cookies over HTTPS only; set it to true behind TLS.")


class LimitSettings(Section):
    """What one person or one address may do."""

    login_attempts: int = Field(10, ge=1, le=1000, description="Failed sign-ins per name and per address in 5 minutes.")
    questions_per_minute: int = Field(30, ge=1, le=10_000, description="Questions per person per minute.")
    tokens_per_day: int = Field(
        0, ge=0, description="Tokens that models may take for one person's questions in a day (UTC); 0: no limit."
    )
    tiers: str = Field(
        "",
        description="Limits by tier, in place of these two: standard=30/min,200000/day;plus=120/min,0/day (0: no limit).",
    )
    without_tokens: Literal["extract", "refuse"] = Field(
        "extract",
        description="What a question gets when the day's tokens are used up: the best sentences of the documents (extract), or a"
        " refusal (refuse).",
    )
    uploads_per_minute: int = Field(600, ge=1, le=100_000, description="Uploads per person per minute.")
    reviews_per_hour: int = Field(20, ge=1, le=10_000, description="Times per hour that a person may tell the admins.")

    @field_validator("tiers")
    @classmethod
    def _tiers_can_be_read(cls, value: str) -> str:
        tiers_of(value)
        return value

    @property
    def tier_names(self) -> list[str]:
        """Every tier that a person may be put into."""
        return sorted({STANDARD, *tiers_of(self.tiers)})

    def tier(self, name: str) -> Tier:
        """The limits of a tier; a name that is not in the settings (any more) gets those of ``standard``."""
        tiers = tiers_of(self.tiers)
        return tiers.get(name) or tiers.get(STANDARD) or Tier(self.questions_per_minute, self.tokens_per_day)


class UploadSettings(Section):
    """Files people bring."""

    max_bytes: int = Field(100 * 1024**2, ge=1024, le=40 * 1024**3, description="Largest file accepted, in bytes.")
    max_files: int = Field(20, ge=1, le=1000, description="Most files attached to one chat message.")
    user_bytes: int = Field(
        20 * 1024**3, ge=0, description="Most bytes that the files of one person may take; 0: no limit."
    )
    user_documents: int = Field(20_000, ge=0, description="Most documents that one person may bring; 0: no limit.")
    types: str = Field("", description=f"Kinds of files accepted, of {', '.join(KINDS)}; empty: all that can be read.")
    type_bytes: str = Field("", description="Largest file per kind, where it is less: image=20MB,text=50MB.")

    @field_validator("types")
    @classmethod
    def _types_are_kinds(cls, value: str) -> str:
        require_kinds(names_of(value))
        return value

    @field_validator("type_bytes")
    @classmethod
    def _type_bytes_are_sizes(cls, value: str) -> str:
        require_kinds(sizes_of(value))
        return value

    def accepts(self, kind: str) -> bool:
        """True when files of this kind (see ``core.kinds``) may be brought."""
        return not self.types or kind in names_of(self.types)

    def max_bytes_of(self, kind: str) -> int:
        """The largest file of this kind."""
        return min(self.max_bytes, sizes_of(self.type_bytes).get(kind, self.max_bytes))
