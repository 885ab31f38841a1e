"""Libraries, their members, and groups of people."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, WithId, WithTimes, now


class Library(WithId, WithTimes, Base):
    """A set of documents that people share; everyone has a personal one."""

    __tablename__ = "libraries"
    __table_args__ = (Index("ix_libraries_name_id", "name", "id"),)  # for lists of all of them

    name: Mapped[str]
    personal_of: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    # incremented by every transaction that changes what a search in it may find; cached results are out of date then
    epoch: Mapped[int] = mapped_column(BigInteger, default=0)
    keep_days: Mapped[int | None]  # so long after its last file came, a document is deleted; None: they are kept


class LibraryMember(Base):
    """A member of a library; ``role`` is ``viewer | editor | owner``.

    ``by_admin``: an admin of the installation set it, and no owner since.
    """

    __tablename__ = "library_members"

    library_id: Mapped[UUID] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str]
    by_admin: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class Group(WithId, Base):
    """People who have libraries together. Its name is what the sign-in service calls it, if its members come from there."""

    __tablename__ = "groups"

    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class GroupMember(Base):
    """Someone in a group; ``source`` is ``admin`` (an admin added them) or ``claims`` (their sign-in says so). Both may be true."""

    __tablename__ = "group_members"

    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    source: Mapped[str] = mapped_column(primary_key=True)


class LibraryGroup(Base):
    """A group that has a library; ``role`` and ``by_admin`` as of :class:`LibraryMember`."""

    __tablename__ = "library_groups"

    library_id: Mapped[UUID] = mapped_column(ForeignKey("libraries.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str]
    by_admin: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
