"""The plan of a folder synchronisation: which files are new, changed, moved or gone. It decides and changes nothing."""

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from core.errors import Invalid
from ingestion.documents.incoming import title_of

READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file, under the title that its document has."""

    path: Path
    title: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What a library has of a file of the folder.

    Attributes:
        sha256: of the bytes that were brought last.
        is_in: False when these could not be read, or are not read yet.
    """

    document_id: UUID
    title: str
    sha256: str
    is_in: bool


@dataclass
class Found:
    """What lies in a folder. ``unreadable`` are files and folders that could not be looked into, each with the reason."""

    files: list[LocalFile] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Plan:
    """What is to be done so that the library has what the folder has.

    Attributes:
        unchanged: files whose documents are as they should be.
        changed: files with the document that each replaces.
        moved: documents whose file has another title now.
        elsewhere: files whose bytes the library has in another document, or that repeat another new file.
        gone: documents whose file is not there any more.
    """

    unchanged: list[LocalFile] = field(default_factory=list)
    changed: list[tuple[LocalFile, UUID]] = field(default_factory=list)
    new: list[LocalFile] = field(default_factory=list)
    moved: dict[UUID, str] = field(default_factory=dict)
    elsewhere: list[LocalFile] = field(default_factory=list)
    gone: list[KnownFile] = field(default_factory=list)


def files_of(root: Path) -> Found:
    """Everything below a folder but what is hidden, or a file alone. Titles are paths below the folder.

    Raises:
        Invalid: the folder cannot be opened.
    """
    found = Found()
    if root.is_file():
        found.files.append(LocalFile(root, title_of(root.name)))
        return found

    def note(error: OSError) -> None:
        if Path(error.filename) == root:
            raise Invalid(f"The folder {root} cannot be read: {error.strerror}.") from error
        found.unreadable.append(
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
                found.unreadable.append(
                    (title, "another file of the folder has the same name as far as it can be shown")
                )
            else:
                found.files.append(LocalFile(path, title))
            titles.add(title)
    return found


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hex. Blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def plan(
    hashes: Mapping[LocalFile, str],
    known: Sequence[KnownFile],
    in_library: Collection[str],
    untouched: Iterable[str] = (),
) -> Plan:
    """Compare.

    Args:
        hashes: the files that could be read, with their sha256.
        known: what the library has of this folder.
        in_library: those of the hashes that any document of the library has.
        untouched: titles, or beginnings of titles ending in ``/``, that could not be looked at: what is known of them stays.
    """
    made = Plan()
    left = {one.title: one for one in known}
    rest: list[LocalFile] = []
    for file, sha256 in hashes.items():
        match = left.get(file.title)
        if match is not None and match.sha256 == sha256:
            del left[file.title]
            if match.is_in:
                made.unchanged.append(file)
            else:
                made.changed.append((file, match.document_id))
        else:
            rest.append(file)
    _match_moved(made, rest, hashes, left)
    taken: set[str] = set()
    for file in rest:
        if hashes[file] in in_library or hashes[file] in taken:
            made.elsewhere.append(file)
        elif file.title in left:
            made.changed.append((file, left.pop(file.title).document_id))
            taken.add(hashes[file])
        else:
            made.new.append(file)
            taken.add(hashes[file])
    made.gone = [one for one in left.values() if not _is_under(one.title, untouched)]
    return made


def _match_moved(
    made: Plan, rest: list[LocalFile], hashes: Mapping[LocalFile, str], left: dict[str, KnownFile]
) -> None:
    """Files that are known under another title, whose own file is not there or is another one now."""
    by_sha = {one.sha256: one for one in left.values()}
    for file in list(rest):
        match = by_sha.pop(hashes[file], None)
        if match is not None:
            rest.remove(file)
            del left[match.title]
            made.moved[match.document_id] = file.title


def _is_under(title: str, places: Iterable[str]) -> bool:
    return any(title == place or (place.endswith("/") and title.startswith(place)) for place in places)
