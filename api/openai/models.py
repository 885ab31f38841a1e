"""``/v1/models``: what a model's name stands for.

``footnote`` answers from all that the caller may see, ``footnote/…`` from one library.
"""

from collections import Counter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.openai.ids import Prefix
from api.openai.refusals import REFUSAL_MODEL, REFUSALS
from core.access import Principal
from core.errors import Invalid, NotFound
from core.values import Frozen
from ingestion.service import IngestionService
from services import Services
from web.deps import CurrentPrincipal, services

router = APIRouter(prefix="/v1/models", responses=REFUSALS, tags=["OpenAI"])
ALL = "footnote"
ServicesDep = Annotated[Services, Depends(services)]


class Model(Frozen):
    """A model. ``created`` is always 0: a library is not made anew when its documents change."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "footnote"


class ModelList(Frozen):
    """All models of the caller."""

    object: str = "list"
    data: list[Model]


async def library_of(model: str, principal: Principal, ingestion: IngestionService) -> frozenset[UUID] | None:
    """The library that a model answers from; None for all that the principal may see.

    Raises:
        NotFound: there is no such model, or no such library of theirs.
        Invalid: several libraries have this name.
    """
    if model == ALL:
        return None
    kind, _, name = model.partition("/")
    if kind != ALL or not name:
        raise unknown()
    try:
        library_id = await ingestion.listing.library_named(principal, _without_prefix(name))
    except NotFound:
        raise unknown() from None
    except Invalid as error:
        error.param = "model"
        raise
    return None if library_id is None else frozenset({library_id})


def unknown() -> NotFound:
    """The error for a model that the caller does not have."""
    error = NotFound("This model does not exist, or you do not have access to it.")
    error.param, error.code = "model", "model_not_found"
    return error


def _without_prefix(name: str) -> str:
    """A library's name; its id as a vector store's is turned into a UUID."""
    bare = name.removeprefix(Prefix.STORE)
    try:
        return str(UUID(bare)) if bare != name else name
    except ValueError:
        return name


async def models_of(principal: Principal, built: Services) -> list[Model]:
    """The models of a principal: one for all libraries, one for each, and the embedding model."""
    libraries = await built.ingestion.listing.libraries(principal)
    named = Counter(library.name for library in libraries)
    current = built.live.current
    return [
        Model(id=ALL),
        *(
            Model(id=f"{ALL}/{library.name if named[library.name] == 1 else library.library_id}")
            for library in libraries
        ),
        *([Model(id=current.embeddings.name)] if current else []),
    ]


@router.get("", responses=REFUSAL_MODEL)
async def mine(principal: CurrentPrincipal, built: ServicesDep) -> ModelList:
    """The models of the caller."""
    return ModelList(data=await models_of(principal, built))


@router.get("/{model:path}")
async def one(model: str, principal: CurrentPrincipal, built: ServicesDep) -> Model:
    """One model; 404 for one that the caller does not have."""
    for known in await models_of(principal, built):
        if known.id == model:
            return known
    await library_of(model, principal, built.ingestion)
    return Model(id=model)
