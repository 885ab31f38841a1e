"""Reads a folder of the settings: its files become documents of a library, as ``footnote ingest NAME`` brings them."""

from core.access import Principal
from core.errors import NotPermitted
from core.settings import LinkSettings
from core.words import N_
from db.models import DocumentSource
from ingestion.folders.places import remote_folder
from ingestion.folders.sync import FolderSync, Outcome
from ingestion.service import IngestionService
from ingestion.sources.service import ADMINS_ONLY, NO_FOLDER

IN_STEP = N_("%(count)s files are up to date.")
FAILED = N_("%(count)s could not be read; the first is %(name)s: %(reason)s")
KEPT = N_("%(count)s documents stay although their files are gone: more than half of the folder is.")


async def read_folder(
    ingestion: IngestionService, settings: LinkSettings, source: DocumentSource, principal: Principal
) -> str:
    """Bring the library in step with the folder; returns what is to be said of it.

    Raises:
        NotPermitted: the principal is no admin any more, or the folder is no longer in the settings.
        FootnoteError: the folder cannot be opened.
    """
    if not principal.is_admin:
        raise NotPermitted(ADMINS_ONLY)
    if source.address not in settings.folders:
        raise NotPermitted(NO_FOLDER)
    folder = remote_folder(settings.folders[source.address])
    reading = FolderSync(ingestion, principal, folder, library_id=source.library_id, is_shown=False)
    return said(await reading.run())


def said(outcome: Outcome) -> str:
    """What became of the folder, in sentences."""
    failed = [*outcome.failed, *outcome.skipped]
    sentences = [
        IN_STEP % {"count": outcome.new + outcome.changed + outcome.unchanged + outcome.moved + outcome.elsewhere}
    ]
    if failed:
        name, reason = failed[0]
        sentences.append(FAILED % {"count": len(failed), "name": name, "reason": reason})
    if outcome.kept:
        sentences.append(KEPT % {"count": outcome.kept})
    return " ".join(sentences)
