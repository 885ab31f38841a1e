"""The plan of a folder synchronisation: which files are new, changed, moved or gone. It changes nothing itself."""

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from core.errors import Invalid
from ingestion.documents.incoming import title_of
from ingestion.documents.known_files import KnownFile

READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file, with the title of its document."""

    path: Path
    title: str


@dataclass
class FolderContents:
    """The files of a folder. ``unreadable``: files and folders that could not be read, each with the reason."""

    files: list[LocalFile] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Plan:
    """The steps that bring a library in line with a folder.

    Attributes:
        unchanged: files whose documents are up to date.
        changed: files, each with the document that it updates.
        moved: document id → new title, for files that were moved or renamed.
        elsewhere: files whose bytes the library has in another document, or that repeat another new file.
        gone: documents whose file no longer exists.
    """

    unchanged: list[LocalFile] = field(default_factory=list)
    changed: list[tuple[LocalFile, UUID]] = field(default_factory=list)
    new: list[LocalFile] = field(default_factory=list)
    moved: dict[UUID, str] = field(default_factory=dict)
    elsewhere: list[LocalFile] = field(default_factory=list)
    gone: list[KnownFile] = field(default_factory=list)


def files_of(root: Path) -> FolderContents:
    """All files below a folder except hidden ones, or a single file. Titles are paths relative to the folder.

    Raises:
        Invalid: the folder cannot be opened.
    """
    contents = FolderContents()
    if root.is_file():
        contents.files.append(LocalFile(root, title_of(root.name)))
        return contents

    def note(error: OSError) -> None:
        if Path(error.filename) == root:
            raise Invalid(f"The folder {root} cannot be read: {error.strerror}.") from error
        contents.unreadable.append(
            (f"{Path(error.filename).relative_to(root).as_posix()}/", error.strerror or "unreadable")
        )

    titles: set[str] = set()
    for folder, subfolders, names in os.walk(root, onerror=note):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or not path.is_file():
                continue
            title = title_of(path.relative_to(root).as_posix())
            if title in titles:
                contents.unreadable.append(
                    (title, "another file of the folder has the same name as far as it can be shown")
                )
            else:
                contents.files.append(LocalFile(path, title))
            titles.add(title)
    return contents


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hex. Blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def plan(
    hashes: Mapping[LocalFile, str],
    known: Sequence[KnownFile],
    in_library: Collection[str],
    untouched: Iterable[str] = (),
) -> Plan:
    """Compare a folder with a library.

    Args:
        hashes: the files that could be read, with their sha256.
        known: the library's documents of this folder.
        in_library: those of the hashes that any document of the library has.
        untouched: titles, or folders ending in ``/``, that could not be read: their documents stay.
    """
    result = Plan()
    left = {one.title: one for one in known}
    rest: list[LocalFile] = []
    for file, sha256 in hashes.items():
        match = left.get(file.title)
        if match is not None and match.sha256 == sha256:
            del left[file.title]
            if match.is_in:
                result.unchanged.append(file)
            else:
                result.changed.append((file, match.document_id))
        else:
            rest.append(file)
    _match_moved(result, rest, hashes, left)
    taken: set[str] = set()
    for file in rest:
        if hashes[file] in in_library or hashes[file] in taken:
            result.elsewhere.append(file)
        elif file.title in left:
            result.changed.append((file, left.pop(file.title).document_id))
            taken.add(hashes[file])
        else:
            result.new.append(file)
            taken.add(hashes[file])
    result.gone = [one for one in left.values() if not _is_under(one.title, untouched)]
    return result


def _match_moved(
    result: Plan, rest: list[LocalFile], hashes: Mapping[LocalFile, str], left: dict[str, KnownFile]
) -> None:
    """Move files from ``rest`` to ``result.moved`` whose bytes are known under another title."""
    by_sha = {one.sha256: one for one in left.values()}
    for file in list(rest):
        match = by_sha.pop(hashes[file], None)
        if match is not None:
            rest.remove(file)
            del left[match.title]
            result.moved[match.document_id] = file.title


def _is_under(title: str, places: Iterable[str]) -> bool:
    return any(title == place or (place.endswith("/") and title.startswith(place)) for place in places)
