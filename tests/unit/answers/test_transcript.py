"""What stands on the page for the events of an answer."""

from uuid import UUID, uuid4

import pytest

from answers.transcript import Transcript, escape, escape_sentence
from rag.events import CacheHit, Citations, Done, Failed, Refused, Searching, Sources, Started, Token
from rag.questions.kind import Kind
from rag.types import Chunk, Citation, NearestDocument, Source
from tests.rendered import rendered

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")
ONE = rf"[\[1\]](/cite/{RUN}/1)"


def chunk(title: str = "handbook.pdf") -> Chunk:
    return Chunk(
        chunk_id=uuid4(),
        document_id=uuid4(),
        library_id=uuid4(),
        title=title,
        index=0,
        text="x",
        section=1,
        char_start=0,
        char_end=1,
        content_hash="h",
    )


def citation(number: int) -> Citation:
    return Citation(number=number, chunk=chunk(), spans=(), quote="x", support=1.0)


def markdown_of(*events: object) -> str:
    transcript = Transcript()
    for event in events:
        transcript = transcript.apply(event)  # type: ignore[arg-type]
    return transcript.markdown


def test_the_status_gives_way_to_text() -> None:
    begun = (Started(answer_run_id=RUN), Searching(query="q"))
    assert markdown_of(*begun) == "Searching your documents…"
    found = (*begun, Sources(sources=(Source(number=1, chunk=chunk()), Source(number=2, chunk=chunk()))))
    assert markdown_of(*found) == "2 passages found in 2 documents. Reading…"
    assert markdown_of(*found, Token(text="Five days [1].")) == f"Five days {ONE}."


def test_the_checked_text_replaces_the_tokens() -> None:
    checked = Citations(answer="Five days [1]. Or ten [unsupported].", citations=(citation(1),))
    shown = markdown_of(Started(answer_run_id=RUN), Token(text="Five days [1]. Or ten [7]."), checked, Done(mode="llm"))
    assert shown == f"Five days {ONE}. Or ten [not supported by the sources](/answers/{RUN}#unsupported)."


def test_a_fallback_is_said() -> None:
    shown = markdown_of(
        Started(answer_run_id=RUN),
        Token(text="Yes."),
        Done(mode="extractive", notice="The language model did not answer."),
    )
    assert "language model did not answer" in shown


def test_an_answer_without_footnotes_shows_how_it_was_found() -> None:
    shown = markdown_of(
        Started(answer_run_id=RUN), Token(text="Yes."), Citations(answer="Yes.", citations=()), Done(mode="llm")
    )
    assert shown == f"Yes.\n\n[How this was found](/answers/{RUN})"
    assert rendered(shown).links == [f"/answers/{RUN}"]


def test_a_greeting_was_found_nowhere() -> None:
    checked = Citations(answer="Hello!", citations=())
    shown = markdown_of(
        Started(answer_run_id=RUN), Searching(query="hi", question_kind=Kind.TALK), checked, Done(mode="extractive")
    )
    assert shown == "Hello!"


def test_a_follow_up_says_how_it_was_understood() -> None:
    asked = Searching(query="How long is the *leave*?", understood=True)
    checked = Citations(answer="A year [1].", citations=(citation(1),))
    shown = markdown_of(Started(answer_run_id=RUN), asked, checked, Done(mode="extractive"))
    assert rendered(shown).links == [f"/cite/{RUN}/1", f"/answers/{RUN}#literal"]
    assert "Understood as: How long is the *leave*?" in rendered(shown).text


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("exact", "*This question was answered before; this is the same answer.*"),
        ("semantic", "*A question that means the same was answered before; this is its answer.*"),
    ],
)
def test_an_answer_given_again_is_marked_with_a_way_to_a_new_one(how: CacheHit, said: str) -> None:
    shown = markdown_of(Started(answer_run_id=RUN), Token(text="Yes."), Done(mode="llm", cached=how))
    assert shown.splitlines()[-1] == f"{said} [Answer anew](/answers/{RUN}#again)"


def test_a_refusal_names_the_nearest_documents() -> None:
    near = NearestDocument(document_id=RUN, title="plans [2024].pdf", page=3)
    shown = markdown_of(Started(answer_run_id=RUN), Refused(message="Your documents do not say.", nearest=(near,)))
    assert shown.startswith("Your documents do not say.")
    assert rf"[plans \[2024\].pdf](/api/documents/{RUN}/file#page=3), page 3" in shown
    assert shown.endswith(f"\n\n[Tell an admin](/answers/{RUN}#tell)")  # a paragraph of its own


def test_a_refusal_shows_the_closest_passages_and_opens_them() -> None:
    near = NearestDocument(document_id=RUN, title="plans.pdf", page=3, number=2, excerpt="Rent is *due* on the [3rd].")
    shown = markdown_of(Started(answer_run_id=RUN), Refused(message="Your documents do not say.", nearest=(near,)))
    assert rf"- [plans.pdf](/cite/{RUN}/2#passage), page 3: Rent is \*due\* on the \[3rd\]." in shown


def test_a_refusal_without_documents_can_be_told_too() -> None:
    shown = markdown_of(Started(answer_run_id=RUN), Refused(message="There is no text to search in yet."))
    assert shown == f"There is no text to search in yet.\n\n[Tell an admin](/answers/{RUN}#tell)"
    assert rendered(shown).links == [f"/answers/{RUN}#tell"]


def test_a_failure_keeps_what_was_written() -> None:
    shown = markdown_of(
        Started(answer_run_id=RUN), Token(text="Five days"), Failed(message="The model fell silent.", reference="abc")
    )
    assert shown == "Five days\n\nThe model fell silent. *(reference abc)*"


def test_stopped_keeps_what_was_written() -> None:
    transcript = Transcript().apply(Started(answer_run_id=RUN)).apply(Token(text="Five [1] or ten [2] or [1"))
    assert transcript.stopped().markdown == r"Five \[1\] or ten \[2\] or \[1" + "\n\n*Stopped.*"
    assert transcript.stopped("Five [1] or ten", [1]).markdown == f"Five {ONE} or ten\n\n*Stopped.*"


def test_titles_cannot_break_out_of_their_link() -> None:
    assert "](" not in escape("](http://evil)")
    assert escape("<b>*x*") == r"\<b\>\*x\*"


def test_names_are_no_addresses() -> None:
    for name in (
        "www.evil.example",
        "https://evil.example/?q=1",
        "desk@evil.example",
        "&#119;ww.evil.example",
        "a\n[x]: /y",
    ):
        for shown in (escape(name), escape_sentence(f"It is {name}.")):
            assert rendered(shown).links == []
