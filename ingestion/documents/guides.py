"""The guides to documents, for the doors."""

from itertools import chain, zip_longest
from uuid import UUID

from core.access import Principal, scope_of
from db import guides
from db.session import Database
from ingestion.types import GuideView
from rag.compose.guide import Guide

LOOKED_AT = 10  # newest documents whose questions are suggested


class DocumentGuides:
    """Reads guides. Every method shows only what the principal may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def guide(self, principal: Principal, document_id: UUID) -> GuideView:
        """The guide to a document. Raises NotFound when the principal may not see it."""
        async with self._database.reader() as session:
            document, stored = await guides.get(session, scope_of(principal), document_id)
        if stored is not None:
            return GuideView(state="ready", version=document.version, guide=Guide.model_validate(stored))
        is_coming = document.state == "pending" or document.chunk_count > 0
        return GuideView(state="pending" if is_coming else "none", version=document.version)

    async def questions(self, principal: Principal, most: int) -> list[str]:
        """Questions that are answered from the newest documents, one of each document before a second one of any."""
        async with self._database.reader() as session:
            stored = await guides.newest(session, scope_of(principal), LOOKED_AT)
        alone = [
            [question.text for question in Guide.model_validate(guide).questions if question.stands_alone]
            for guide in stored
        ]
        rounds = chain.from_iterable(zip_longest(*alone))
        return list(dict.fromkeys(text for text in rounds if text))[:most]
