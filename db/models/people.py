"""People who sign in, their sign-ins, and what they spent on models."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes


class User(WithId, WithTimes, Base):
    """A person who signs in. ``username`` is stored in lower case.

    Attributes:
        email: where admins reach the person; nobody signs in by it, and Footnote sends no mail.
        password_hash: empty for people who have no password (yet): invited ones, and those whom a provider signs in.
    """

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str | None]
    email: Mapped[str | None]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="user")
    disabled_at: Mapped[datetime | None]
    tier: Mapped[str] = mapped_column(default="standard")  # its quotas apply, see LimitSettings
    last_sign_in_at: Mapped[datetime | None]


class AuthSession(WithId, Base):
    """A sign-in. A token is valid only while its row is neither revoked nor expired."""

    __tablename__ = "auth_sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # "browser" | "api"
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    refreshable_until: Mapped[datetime | None]  # None: it has no refresh tokens
    id_token: Mapped[str | None]  # of the provider that signed the person in, for signing out there
    refresh_count: Mapped[int] = mapped_column(default=0)  # the number of the refresh token that works
    address: Mapped[str | None]  # of the client that signed in, where known
    device: Mapped[str | None]  # its User-Agent
    last_used_at: Mapped[datetime | None]  # to some minutes


class PasswordLink(Base):
    """The one-time link by which a person sets a password, one per person. Its secret is not stored, only its SHA-256.

    Deleted when it is used, taken back, or its person is erased.
    """

    __tablename__ = "password_links"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiKey(WithId, Base):
    """A key by which a program acts on behalf of a person. Its secret is not stored, only its SHA-256."""

    __tablename__ = "api_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    secret_hash: Mapped[bytes]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    questions_per_minute: Mapped[int | None]  # beside the limit of the person
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Identity(Base):
    """Who a user is at an issuer that signs people in."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)  # the issuer's own name for the person
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    groups: Mapped[list[str]] = mapped_column(ARRAY(Text()))  # as claimed at the latest sign-in
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class ModelUsage(Base):
    """What a person spent on a model on a day (UTC). Deleting conversations does not change it."""

    __tablename__ = "model_usage"

    day: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 6), default=Decimal(0))
