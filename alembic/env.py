"""What Alembic runs: on a connection that ``db/migrate.py`` hands in, or on one made for the ``alembic`` command."""

import asyncio

from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

import db.conversation
import db.models  # noqa: F401  both modules register their tables
from alembic import context
from core.database_url import with_pooler
from core.errors import SettingsInvalid
from core.settings import load_settings
from db.base import Base
from db.engine import engine_of


def database_url() -> str:
    """The database of the ``alembic`` command: ``-x url=…``, else FOOTNOTE_DATABASE_URL."""
    settings = load_settings().database
    url = context.get_x_argument(as_dictionary=True).get("url") or settings.url
    if not url:
        raise SettingsInvalid("FOOTNOTE_DATABASE_URL: needed here; or say `alembic -x url=postgresql+asyncpg://…`.")
    return with_pooler(url, settings.pooler)


def run(connection: Connection) -> None:
    """Migrate on an open connection."""
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def run_alone() -> None:
    """Migrate on a connection made for it."""
    engine = engine_of(database_url(), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


def print_sql() -> None:
    """Write the statements instead of running them (``alembic upgrade head --sql``)."""
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    print_sql()
elif (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_alone())
