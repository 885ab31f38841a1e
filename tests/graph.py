"""The product's own graph of services, on the test's database, queue, model and folder."""

from typing import TYPE_CHECKING

from typing_extensions import Unpack

from core.parts import Parts
from core.settings import CacheSettings, Settings
from services import Services

if TYPE_CHECKING:
    from bootstrap import Replacements

NO_CACHES = CacheSettings(embeddings_s=0, retrieval_s=0, answers_s=0, last_known_s=0, history_s=0)
PATIENCE_S = (
    5  # what the caches wait for Redis; on a busy machine their usual quarter of a second would be a miss now and then
)


def wired(settings: Settings, *, is_cached: bool = False, **replacements: "Unpack[Replacements]") -> Services:
    """What :func:`bootstrap.wire` builds; its database and Redis are always given. Without caches unless they are wished for."""
    from bootstrap import wire
    from core.cache import Cache

    assert settings.secret_key is not None
    parts = Parts(settings.var_dir, "", "", settings.secret_key.get_secret_value(), is_owner=True)
    if is_cached:
        replacements.setdefault("cache", Cache(replacements["redis"], answer_within_s=PATIENCE_S))
    else:
        settings = settings.model_copy(update={"cache": NO_CACHES})
    return wire(settings, parts, **replacements)
