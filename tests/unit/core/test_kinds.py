"""Kinds of files, and the limits that are said in them."""

import pytest

from core.kinds import KINDS, kind_of, names_of, require_kinds
from core.settings import UploadSettings


@pytest.mark.parametrize(
    ("mime_type", "kind"),
    [
        ("application/pdf", "pdf"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "spreadsheet"),
        ("application/vnd.oasis.opendocument.presentation", "presentation"),
        ("text/csv", "spreadsheet"),
        ("image/tiff", "image"),
        ("application/x-unheard-of", "other"),
    ],
)
def test_a_type_is_of_a_kind(mime_type: str, kind: str) -> None:
    assert kind_of(mime_type) == kind
    assert kind in (*KINDS, "other")


def test_a_kind_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="“movie” is no kind of file"):
        require_kinds(names_of("pdf, movie"))


def test_without_a_word_everything_is_accepted_up_to_the_largest_size() -> None:
    settings = UploadSettings()
    assert settings.accepts("other")
    assert settings.max_bytes_of("image") == settings.max_bytes


def test_limits_per_kind_lower_the_largest_size_and_never_raise_it() -> None:
    sizes = {"image": 2 * 1024**2, "pdf": 1024**3}
    settings = UploadSettings(max_bytes=10 * 1024**2, types=("pdf", "image"), max_bytes_by_type=sizes)
    assert [settings.accepts(kind) for kind in ("pdf", "image", "text")] == [True, True, False]
    assert [settings.max_bytes_of(kind) for kind in ("image", "pdf")] == [2 * 1024**2, 10 * 1024**2]
