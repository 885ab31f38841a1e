"""Names of the collections on a Qdrant server: ``footnote.1``, ``footnote.2`` …, and ``footnote``, the alias of the live one."""

import structlog
from qdrant_client import AsyncQdrantClient, models

log = structlog.get_logger(__name__)


async def collection_of(client: AsyncQdrantClient, name: str, index_version: int) -> str:
    """The name of an index version's collection, whether it exists or not.

    In an installation older than the aliases, the first collection has the plain name.
    """
    if index_version == 1 and await _is_collection(client, name):
        return name
    return f"{name}.{index_version}"


async def point(client: AsyncQdrantClient, name: str, collection: str) -> bool:
    """Points the alias ``name`` to a collection, atomically for concurrent searches.

    Returns:
        False when a collection has that name itself and must be dropped first.
    """
    if collection == name:
        return True
    target = await _target(client, name)
    if target == collection:
        return True
    if target is None and await client.collection_exists(name):
        return False
    remove = [models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=name))] if target else []
    create = models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=collection, alias_name=name))
    await client.update_collection_aliases([*remove, create])
    log.info("index.alias", alias=name, collection=collection, before=target)
    return True


async def _is_collection(client: AsyncQdrantClient, name: str) -> bool:
    return await _target(client, name) is None and await client.collection_exists(name)


async def _target(client: AsyncQdrantClient, alias: str) -> str | None:
    """The collection that an alias points to; None without such an alias."""
    known = (await client.get_aliases()).aliases
    return next((one.collection_name for one in known if one.alias_name == alias), None)
