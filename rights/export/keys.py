"""Where the files of exports are in the blob store."""

from uuid import UUID


def folder_of(user_id: UUID) -> str:
    """The folder of a person's exports."""
    return f"exports/{user_id}"


def key_of(user_id: UUID, export_id: UUID) -> str:
    """The file of an export."""
    return f"{folder_of(user_id)}/{export_id}.zip"
