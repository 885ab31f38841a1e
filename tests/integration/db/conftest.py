"""Documents for the repositories' tests."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

import pytest

from core.access import Principal
from db import documents
from db.models import Document
from db.session import Database

MakeDocument = Callable[..., Awaitable[Document]]


@pytest.fixture
def make_document(database: Database) -> MakeDocument:
    """``await make_document(principal, "handbook.pdf")``: a stored document in the person's own library."""

    async def make(principal: Principal, title: str = "handbook.pdf") -> Document:
        async with database.transaction() as session:
            document, _ = await documents.create(
                session,
                principal,
                library_id=principal.personal_library_id,
                title=title,
                mime_type="application/pdf",
                size_bytes=1,
                sha256=sha256(title.encode()).hexdigest(),
                blob_key=f"blobs/{title}",
            )
        return document

    return make
