"""``footnote backup`` and ``footnote restore``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runner import run, with_services

if TYPE_CHECKING:
    from core.settings import Settings
    from services import Services

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        help="A file with the key that encrypts the backup; without it, the variable FOOTNOTE_BACKUP_KEY is taken.",
    ),
]
# An option of a command would be readable for everybody on the machine, so this one is for the variable alone.
Key = Annotated[str, typer.Option("--key", envvar="FOOTNOTE_BACKUP_KEY", hidden=True)]


def backup(
    dest: Annotated[
        str, typer.Argument(help="An empty or new folder, or the address of a blob store: s3://… or az://….")
    ],
    key_file: KeyFile = None,
    key: Key = "",
) -> None:
    """Save everything while Footnote runs: people, conversations, documents and their files. The search index is made again from it."""
    from backup.seal import key_of

    passphrase = key_of(key_file, key)

    async def save_all(services: "Services") -> None:
        from backup.place import place_of
        from backup.save import save

        place = place_of(dest, services.settings.blob, is_new=True)
        names = tuple(_names(services.settings.model_dump(exclude_unset=True)))
        manifest = await save(services.database, services.blobs, place, passphrase, names, print)
        how = "encrypted" if passphrase else "not encrypted: whoever can read it can read everything"
        print(f"The backup is complete: {manifest.size_bytes:,} bytes in {dest}, {how}.")

    with_services(save_all)


def restore(
    src: Annotated[str, typer.Argument(help="The folder or the address of a blob store that has the backup.")],
    key_file: KeyFile = None,
    key: Key = "",
) -> None:
    """Fill an empty Footnote from a backup. Everything is checked before anything is written; what is not empty is left alone."""
    from backup.seal import key_of

    passphrase = key_of(key_file, key)

    async def fill(settings: "Settings") -> None:
        from backup.place import place_of
        from backup.restore import restore as restore_all
        from core.parts import open_parts
        from ingestion.blobs import build_blob_store

        place = place_of(src, settings.blob, is_new=False)
        with open_parts(settings) as parts:
            blobs = build_blob_store(settings.blob, parts.var_dir)
            manifest = await restore_all(parts.database_url, blobs, place, passphrase, print)
        if manifest.settings:
            print(f"Settings that were set where the backup was made: {', '.join(manifest.settings)}.")
        print("Everything is restored. The search index is made again when Footnote starts; people sign in again.")

    run(fill, is_quiet=True)


def _names(values: dict[str, Any], above: str = "FOOTNOTE") -> list[str]:
    """The names of settings in a tree of values, without the values."""
    names = []
    for name, value in values.items():
        full = f"{above}_{name.upper()}"
        names += _names(value, full) if isinstance(value, dict) and above == "FOOTNOTE" else [full]
    return sorted(names)
