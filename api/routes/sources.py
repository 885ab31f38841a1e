"""Links: pages and sites whose documents a library keeps up to date."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import LimiterDep, SourcesDep
from ingestion.sources.types import LinkKind, LinkView
from web.deps import CurrentPrincipal, SettingsDep
from web.text import StorableText

router = APIRouter(prefix="/api/links")
WINDOW_S = 60


class NewLink(BaseModel):
    """An address, what it stands for, and the library that its documents go to (none: the caller's own)."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[StorableText, Field(min_length=1, max_length=4000)]
    kind: LinkKind = LinkKind.PAGE
    library_id: UUID | None = None


@router.get("")
async def links(
    principal: CurrentPrincipal, sources: SourcesDep, library_id: UUID | None = None
) -> tuple[LinkView, ...]:
    """The links of the libraries of which the caller is a member, or of one of them, newest first."""
    return await sources.all(principal, library_id)


@router.post("", status_code=202)
async def add(
    body: NewLink,
    response: Response,
    principal: CurrentPrincipal,
    sources: SourcesDep,
    limiter: LimiterDep,
    settings: SettingsDep,
) -> LinkView:
    """Add a link; for editors of the library. It is read in the background at once, and again on a schedule.

    A page becomes one document; a changed page becomes the next version of it. A site is read by its sitemap, or by the links among the
    pages below its address.
    """
    await limiter.hit(f"upload:{principal.user_id}", settings.limit.uploads_per_minute, WINDOW_S)
    added = await sources.add(principal, body.address, body.kind, body.library_id)
    response.headers["Location"] = f"{router.prefix}/{added.link_id}"
    return added


@router.get("/{link_id}")
async def one(link_id: UUID, principal: CurrentPrincipal, sources: SourcesDep) -> LinkView:
    """One link: how it went the last time, and when it is read again."""
    return await sources.get(principal, link_id)


@router.post("/{link_id}/check", status_code=202)
async def check(
    link_id: UUID, principal: CurrentPrincipal, sources: SourcesDep, limiter: LimiterDep, settings: SettingsDep
) -> LinkView:
    """Read a link again now; for editors. From now on it is read on behalf of the caller."""
    await limiter.hit(f"upload:{principal.user_id}", settings.limit.uploads_per_minute, WINDOW_S)
    return await sources.check(principal, link_id)


@router.delete("/{link_id}", status_code=204)
async def remove(link_id: UUID, principal: CurrentPrincipal, sources: SourcesDep) -> None:
    """Remove a link; for editors. Its documents stay as they are."""
    await sources.remove(principal, link_id)
