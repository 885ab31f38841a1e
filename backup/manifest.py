"""The manifest of a backup: what it holds, with a checksum of each part. It is written last: without it there is no backup."""

from datetime import datetime

from pydantic import ValidationError

from core.errors import Invalid
from core.values import Frozen

NAME = "manifest.json"
FORMAT = 1
INCOMPLETE = "There is no complete backup here: its manifest, which is written last, is missing."


class TableEntry(Frozen):
    """A table, and the columns whose values its part has, in their order."""

    name: str
    columns: tuple[str, ...]
    rows: int


class PartEntry(Frozen):
    """A part: its name in the backup, its bytes as they are stored there, and their SHA-256."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(Frozen):
    """What is in a backup.

    Attributes:
        revision: of the database's schema.
        tables: in an order in which they can be filled.
        blobs: keys of the files of documents.
        settings: names of the settings that were set, without their values.
        salt: hexadecimal; None: the backup is not encrypted.
        proof: hexadecimal; a short text sealed with the key, by which a wrong key is told apart from damage.
    """

    format: int = FORMAT
    made_at: datetime
    product: str
    revision: str
    tables: tuple[TableEntry, ...]
    blobs: tuple[str, ...]
    parts: tuple[PartEntry, ...]
    settings: tuple[str, ...]
    salt: str | None = None
    proof: str | None = None

    @property
    def size_bytes(self) -> int:
        """The bytes of all parts."""
        return sum(part.size_bytes for part in self.parts)


def parsed(data: bytes) -> Manifest:
    """A manifest. Raises Invalid for what is none, or of a newer format."""
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise Invalid("The backup is damaged: its manifest cannot be read. Nothing was restored.") from error
    if manifest.format > FORMAT:
        raise Invalid("This backup was made by a newer version of Footnote. Install that version, and restore with it.")
    return manifest


def table_part(name: str) -> str:
    """The name of the part with the rows of a table."""
    return f"database/{name}"


def blob_part(key: str) -> str:
    """The name of the part with a file."""
    return f"blobs/{key}"
