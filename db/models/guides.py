"""Guides to documents."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class DocumentGuide(Base):
    """The guide to a version of a document (``rag.compose.guide.Guide``); without one while it is being made."""

    __tablename__ = "document_guides"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    guide: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
