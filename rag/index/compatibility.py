"""Whether a Qdrant server fits its client: the same major version, and at most one minor version apart, as its makers ask for."""

from importlib.metadata import version

import structlog
from qdrant_client import AsyncQdrantClient
from qdrant_client.common.version_check import is_compatible
from qdrant_client.http.exceptions import ApiException

log = structlog.get_logger(__name__)


async def warn_of_other_version(client: AsyncQdrantClient) -> None:
    """Log ``qdrant.versions_differ`` where the server's version does not fit. It is asked all the same: most of it will be understood."""
    try:
        server = (await client.info()).version
    except ApiException:  # it tells nobody, or does not answer, which the next request finds out
        return
    if not is_compatible(version("qdrant-client"), server):
        log.warning("qdrant.versions_differ", server=server, client=version("qdrant-client"))
