"""One remark for each paragraph, item or row: the gravest, at its end, in words that no sign beside them can break."""

from uuid import UUID

import pytest

from answers.linkifier import linkify
from answers.remarks import GRAVITY, REMARKS, in_words, places
from rag.types import Verdict
from tests.rendered import rendered

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")


def shown(answer: str) -> list[str | None]:
    return [place.shown for place in places(answer)]


def test_every_verdict_but_supported_has_words() -> None:
    assert set(REMARKS) == set(Verdict) - {Verdict.SUPPORTED}


@pytest.mark.parametrize(
    ("answer", "remarks"),
    [
        ("One [unsupported]. Two [1]. Three [unsupported].", [None, "unsupported"]),
        ("One [unsupported].\nThe same paragraph [unsupported].", [None, "unsupported"]),
        ("One [unsupported].\n\nAnother [unsupported].", ["unsupported", "unsupported"]),
        ("- one [unsupported]\n- two [unsupported]\n  and more [unsupported]", ["unsupported", None, "unsupported"]),
        (
            "| a [unsupported] | b [unsupported] |\n|---|---|\n| c | d [unsupported] |",
            [None, "unsupported", "unsupported"],
        ),
        ("Not so [contradicted]. Nor this [unsupported].", [None, "contradicted"]),
        ("Half of it [partly]. Who knows [unchecked].", [None, "partly"]),
        ("`a [unsupported]` and\n\n```\n[unsupported]\n```", []),
    ],
)
def test_a_block_has_one_remark(answer: str, remarks: list[str | None]) -> None:
    assert shown(answer) == remarks


def test_the_gravest_comes_first() -> None:
    assert sorted(GRAVITY, key=GRAVITY.__getitem__)[:2] == [Verdict.CONTRADICTED, Verdict.UNSUPPORTED]


def test_programs_get_plain_words() -> None:
    answer = "月球基地于1875年开放。 [unsupported]它的船长来自火星。 [unsupported]"
    assert in_words(answer) == "月球基地于1875年开放。它的船长来自火星。 (not supported by the sources)"


@pytest.mark.parametrize(
    "sentence", ["月球基地。 [unsupported]它", "ここ。 [unsupported]「そこ」", "**So** [unsupported]*.*"]
)
def test_the_page_gets_a_link_in_any_script(sentence: str) -> None:
    page = rendered(linkify(sentence, RUN, []))
    assert page.links == [f"/answers/{RUN}#unsupported"]
    assert "[" not in page.text
    assert "*(" not in page.text


def test_every_sentence_keeps_its_end() -> None:
    markdown = linkify("One [contradicted]. Two [unsupported].", RUN, [])
    end, last, words = (f"/answers/{RUN}#{verdict}" for verdict in ("contradicted", "unsupported", "contradicted"))
    assert markdown == f"One[]({end}). Two []({last})[the source says otherwise]({words})."
