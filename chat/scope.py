"""What a question is answered from, as the page's picker shows it: everything, one library, or one of the newest documents."""

from dataclasses import dataclass
from uuid import UUID

from chainlit.context import context
from chainlit.mode import Mode, ModeOption

from chat.language import words
from chat.services import services
from core.context import require_principal
from core.words import N_

PICKER = "scope"
EVERYTHING = "all"
NAME = N_("Answer from")
DOCUMENTS = 30  # the newest
NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class ChosenScope:
    """What a person chose; both None: everything that they may see."""

    library_ids: frozenset[UUID] | None = None
    document_ids: frozenset[UUID] | None = None


def chosen(option: object) -> ChosenScope:
    """The scope of an option of the picker. A page chooses it, so it grants nothing: the answer is within the person's own scope."""
    kind, _, text = option.partition(":") if isinstance(option, str) else ("", "", "")
    try:
        ids = frozenset([UUID(text)])
    except ValueError:
        return ChosenScope()
    return {"library": ChosenScope(library_ids=ids), "document": ChosenScope(document_ids=ids)}.get(kind, ChosenScope())


async def offer() -> None:
    """Show the picker on the page; nothing where there is no choice."""
    ingestion = services().shared.ingestion
    principal = require_principal()
    libraries = await ingestion.listing.libraries(principal)
    page = await ingestion.documents(principal, limit=DOCUMENTS)
    documents = [document for document in page.documents if document.chunk_count]
    options = [
        ModeOption(EVERYTHING, words().text("All documents"), words().text("Everything that you may see"), default=True)
    ]
    if len(libraries) > 1:
        options += [
            ModeOption(f"library:{one.library_id}", _short(one.name), words().text("Library")) for one in libraries
        ]
    options += [ModeOption(f"document:{one.id}", _short(one.title), words().text("Document")) for one in documents]
    if len(options) > 2:
        await context.emitter.set_modes([Mode(PICKER, words().text(NAME), options)])


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS - 1].rstrip()}…"
