"""Collections of a Qdrant server: ``footnote.1``, ``footnote.2`` …, and ``footnote``, the alias of the live one."""

import structlog
from qdrant_client import AsyncQdrantClient, models

log = structlog.get_logger(__name__)


async def collection_of(client: AsyncQdrantClient, name: str, index_version: int) -> str:
    """The collection of an index version, there or not.

    The first one of an installation that is older than aliases is a collection with the plain name.
    """
    if index_version == 1 and await _is_collection(client, name):
        return name
    return f"{name}.{index_version}"


async def point(client: AsyncQdrantClient, name: str, collection: str) -> bool:
    """Let the alias ``name`` mean a collection, in one step for whoever asks meanwhile.

    Returns:
        False when a collection bears the name itself: it has to be dropped first.
    """
    if collection == name:
        return True
    meant = await _meant(client, name)
    if meant == collection:
        return True
    if meant is None and await client.collection_exists(name):
        return False
    forget = [models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=name))] if meant else []
    make = models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=collection, alias_name=name))
    await client.update_collection_aliases([*forget, make])
    log.info("index.alias", alias=name, collection=collection, before=meant)
    return True


async def _is_collection(client: AsyncQdrantClient, name: str) -> bool:
    return await _meant(client, name) is None and await client.collection_exists(name)


async def _meant(client: AsyncQdrantClient, alias: str) -> str | None:
    """The collection that an alias means."""
    known = (await client.get_aliases()).aliases
    return next((one.collection_name for one in known if one.alias_name == alias), None)
