"""People as admins see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.keys import KeyView
from core.access import LibraryRole, Role
from core.settings import Settings
from core.values import Frozen
from db.models import AuthSession, User
from db.people import PersonState
from db.storage_usage import Usage
from db.use import Asked


class UseView(Frozen):
    """What a person has used, beside what they may use; None: no limit. Days and months are in UTC.

    Attributes:
        size_bytes: of stored files, earlier versions included.
    """

    questions_today: int
    questions_month: int | None = None
    questions_per_minute: int | None
    tokens_today: int
    tokens_month: int | None = None
    tokens_per_day: int | None
    size_bytes: int
    most_bytes: int | None
    documents: int
    most_documents: int | None


class PersonCard(Frozen):
    """What an admin can change of a person; its entity tag is that of what the admin saw."""

    user_id: UUID
    username: str
    display_name: str
    email: str
    role: Role
    tier: str
    is_disabled: bool


class PersonView(Frozen):
    """A person in a list."""

    card: PersonCard
    state: PersonState
    created_at: datetime
    last_sign_in_at: datetime | None
    use: UseView


class SignInView(Frozen):
    """An open sign-in. ``is_this``: the one of the request."""

    id: UUID
    kind: str
    device: str | None
    address: str | None
    created_at: datetime
    last_used_at: datetime | None
    is_this: bool = False


class PersonGroup(Frozen):
    """A group of a person; ``is_claimed``: their sign-in says so, and only there it can be changed."""

    group_id: UUID
    name: str
    is_claimed: bool


class PersonLibrary(Frozen):
    """A shared library that a person is in by name."""

    library_id: UUID
    name: str
    role: LibraryRole


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """Everything an admin sees of one person.

    Attributes:
        issuers: who signs them in besides Footnote.
        link_until: when their one-time link expires; None without one.
    """

    person: PersonView
    has_password: bool
    issuers: tuple[str, ...]
    link_until: datetime | None
    groups: tuple[PersonGroup, ...]
    libraries: tuple[PersonLibrary, ...]
    sign_ins: tuple[SignInView, ...]
    keys: tuple[KeyView, ...]


def card_of(user: User) -> PersonCard:
    """The card of a row."""
    return PersonCard(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name or "",
        email=user.email or "",
        role=Role(user.role),
        tier=user.tier,
        is_disabled=user.disabled_at is not None,
    )


def use_of(settings: Settings, tier_name: str, today: Asked, stored: Usage, month: Asked | None = None) -> UseView:
    """What was used beside the limits of a tier."""
    tier = settings.limit.tier(tier_name)
    return UseView(
        questions_today=today.questions,
        questions_month=month.questions if month else None,
        questions_per_minute=tier.questions_per_minute or None,
        tokens_today=today.tokens,
        tokens_month=month.tokens if month else None,
        tokens_per_day=tier.tokens_per_day or None,
        size_bytes=stored.size_bytes,
        most_bytes=settings.upload.user_bytes or None,
        documents=stored.documents,
        most_documents=settings.upload.user_documents or None,
    )


def sign_in_view(row: AuthSession, this: UUID | None) -> SignInView:
    """A sign-in as its person, or an admin, sees it; ``this``: the sign-in of the request."""
    return SignInView(
        id=row.id,
        kind=row.kind,
        device=row.device,
        address=row.address,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        is_this=row.id == this,
    )
