"""The receipt of an erasure: what was removed, by kind, and nobody's name."""

from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from core.values import Frozen
from db.models import Erasure

STAYS = (
    "Documents in libraries that are shared with others stay there, without your name.",
    "Answers that other people were given stay in their conversations, also where they quote a document that is gone.",
    "Backups that were made before keep what they hold until they are deleted.",
    "The audit log keeps that an account was erased, and when.",
)


class Receipt(Frozen):
    """How far an erasure is, and what it removed.

    Attributes:
        state: ``queued``, ``running``, ``finished`` or ``refused``.
        notice: why it waits or was refused.
        removed: kind → number.
        stays: sentences about what an erasure leaves.
    """

    receipt_id: UUID
    state: str
    stage: str
    notice: str | None
    requested_at: datetime
    finished_at: datetime | None
    removed: dict[str, int]
    stays: tuple[str, ...] = STAYS

    @property
    def is_over(self) -> bool:
        """Nothing more will change."""
        return self.state in ("finished", "refused")


def receipt_of(row: Erasure) -> Receipt:
    """The receipt that a row makes."""
    return Receipt(
        receipt_id=row.id,
        state=row.state,
        stage=row.stage,
        notice=row.notice,
        requested_at=row.created_at,
        finished_at=row.finished_at,
        removed={kind: number for kind, number in sorted(row.counts.items()) if number},
    )


def new_ticket() -> str:
    """What a link to a receipt ends in; who has it may see the receipt."""
    return token_urlsafe(24)


def hash_of(ticket: str) -> bytes:
    """What is stored of a ticket."""
    return sha256(ticket.encode()).digest()
