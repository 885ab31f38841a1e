"""What a browser may decide about a message: nearly nothing."""

from uuid import UUID, uuid4

import pytest

from chat.messages import IncomingMessage, canonical_uuid
from chat.scope import ChosenScope, chosen
from core.errors import Invalid

ID = "0c8f1f0a-7c1e-4b3d-9a52-6a3a9b1d2e4f"


@pytest.mark.parametrize(
    "value", ["../public", "/etc", "", None, 7, ID.upper(), f"{{{ID}}}", ID.replace("-", ""), f"{ID}/..", f" {ID}"]
)
def test_nothing_but_a_canonical_uuid_passes(value: object) -> None:
    assert canonical_uuid(value) is None


def test_a_canonical_uuid_passes() -> None:
    assert canonical_uuid(ID) == ID


def test_role_metadata_command_and_modes_are_dropped() -> None:
    step = {
        "id": ID,
        "output": "hi\x00",
        "type": "assistant_message",
        "name": "Footnote",
        "metadata": {"x": 1},
        "command": "c",
        "modes": {"m": "1"},
    }
    assert IncomingMessage.from_payload({"message": step, "fileReferences": None}, 5) == IncomingMessage(ID, "hi")


@pytest.mark.parametrize(
    ("modes", "scope"),
    [({"scope": "library:1"}, "library:1"), ({"scope": ["x"]}, ""), ("scope", ""), ({"scope": "x" * 101}, "")],
)
def test_of_the_modes_only_the_scope_is_read(modes: object, scope: str) -> None:
    step = {"id": ID, "output": "hi", "modes": modes}
    assert IncomingMessage.from_payload({"message": step}, 5).scope == scope


@pytest.mark.parametrize("option", ["", "all", None, 7, "library:", "library:../x", f"folder:{ID}", f"{ID}"])
def test_what_is_no_option_is_everything(option: object) -> None:
    assert chosen(option) == ChosenScope()


def test_a_library_or_a_document_is_chosen() -> None:
    assert chosen(f"library:{ID}") == ChosenScope(library_ids=frozenset([UUID(ID)]))
    assert chosen(f"document:{ID}") == ChosenScope(document_ids=frozenset([UUID(ID)]))


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {"message": None},
        {"message": {"id": "x", "output": "hi"}},
        {"message": {"id": ID, "output": {"a": 1}}},
        {"message": {"id": ID, "output": "x" * 20_001}},
        {"message": {"id": "c232ab00-9414-11ec-b3c8-9f6bdeced846", "output": "hi"}},
        {"message": {"id": ID, "output": "hi"}, "fileReferences": "x"},
        {"message": {"id": ID, "output": "hi"}, "fileReferences": [{"id": str(uuid4())}] * 6},
    ],
)
def test_malformed_messages_are_refused(payload: object) -> None:
    with pytest.raises(Invalid):
        IncomingMessage.from_payload(payload, 5)


def test_files_are_named_once_and_by_uuid() -> None:
    file_id = str(uuid4())
    references = [{"id": file_id}, {"id": file_id}, {"id": "../x"}, "nonsense"]
    incoming = IncomingMessage.from_payload({"message": {"id": ID, "output": ""}, "fileReferences": references}, 5)
    assert incoming.file_ids == (file_id,)
