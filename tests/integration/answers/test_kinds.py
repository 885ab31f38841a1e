"""What is asked decides how it is answered: a greeting is no search, the documents are counted, a named file is the scope."""

from uuid import uuid4

import pytest

from answers.corpus import DatabaseCorpus
from core.access import scope_of
from db import documents, sections
from db.models import DocumentSection
from db.session import Database
from rag.events import AnswerEvent, Citations, Done, Refused, Searching, Sources
from rag.questions.kind import Kind
from tests.chunks import HANDBOOK_TEXTS
from tests.integration.answers.conftest import BuildService, Person
from tests.integration.answers.test_service import ask, run_id_of, stored
from tests.stub_llm import RunningStub

VACATION = "How many days of paid vacation do employees receive?"


def text_of(events: list[AnswerEvent]) -> str:
    return next((event.answer for event in events if isinstance(event, Citations)), "")


def kind_of(events: list[AnswerEvent]) -> Kind:
    (searching,) = [event for event in events if isinstance(event, Searching)]
    return searching.question_kind


@pytest.mark.parametrize(
    ("said", "kind", "answer"),
    [
        ("Hello!", Kind.TALK, "Hello!"),
        ("Thanks a lot", Kind.TALK, "You're welcome."),
        ("Danke schön!", Kind.TALK, "Gern geschehen."),
        ("What can you do?", Kind.HELP, "every statement has a number"),
        ("Write an email to my boss", Kind.OUTSIDE, "I can only answer from your documents"),
    ],
)
async def test_talk_is_answered_without_a_search(
    said: str, kind: Kind, answer: str, service: BuildService, alice: Person, database: Database
) -> None:
    events = await ask(service(), alice.principal, said)
    assert kind_of(events) is kind
    assert answer in text_of(events)
    assert not any(isinstance(event, Sources | Refused) for event in events)
    run, sources = await stored(database, run_id_of(events))
    assert (run.state, sources) == ("done", [])


async def test_the_documents_are_counted_and_named(service: BuildService, alice: Person) -> None:
    events = await ask(service(), alice.principal, "What documents do I have?")
    assert kind_of(events) is Kind.LIBRARY
    assert "**1 document**" in text_of(events)
    assert "handbook.md" in text_of(events)


async def test_nobody_is_told_of_the_documents_of_others(
    service: BuildService, alice: Person, make_person: object
) -> None:
    bob = await make_person("bob")  # type: ignore[operator]
    corpus = DatabaseCorpus(service()._database, scope_of(bob.principal), 1)
    everything = [alice.document.id, bob.document.id]
    assert [card.document_id for card in await corpus.documents(everything)] == [bob.document.id]
    assert {chunk.document_id async for batch in corpus.chunks(everything) for chunk in batch} == {bob.document.id}
    assert [document_id for document_id, _ in await corpus.titles()] == [bob.document.id]


async def test_how_documents_begin_and_what_they_were_before(
    service: BuildService, alice: Person, database: Database
) -> None:
    corpus = DatabaseCorpus(service()._database, scope_of(alice.principal), 1)
    own = alice.document.id
    assert await corpus.earlier(own) == []
    async with database.transaction() as session:
        await sections.put(
            session, own, [DocumentSection(version=0, number=1, page=1, path=["Leave"], text="As it was.")]
        )
    (chunk,) = await corpus.earlier(own)
    assert (chunk.document_id, chunk.version, chunk.section, chunk.text) == (own, 0, 1, "As it was.")
    assert (chunk.path, chunk.char_end) == (("Leave",), 10)
    (beginning,) = await corpus.beginnings([own])
    assert beginning.title == "handbook.md"
    assert beginning.text.startswith(HANDBOOK_TEXTS[0][:20])


async def test_an_attached_document_is_answered_from_however_little_it_fits(
    service: BuildService, alice: Person
) -> None:
    question = "Tell me about the zebra crossings of Reykjavík"
    refused = await ask(service(), alice.principal, question)
    assert isinstance(refused[-1], Refused)
    events = [
        event async for event in service().ask(alice.principal, question, attached=[alice.document.id], kind=Kind.FACT)
    ]
    (sources,) = [event for event in events if isinstance(event, Sources)]
    assert {source.chunk.document_id for source in sources.sources} == {alice.document.id}


async def test_a_library_is_a_scope(service: BuildService, alice: Person) -> None:
    inside = [alice.principal.personal_library_id]
    events = [event async for event in service().ask(alice.principal, VACATION, library_ids=inside)]
    assert isinstance(events[-1], Done)
    events = [event async for event in service().ask(alice.principal, VACATION, library_ids=[uuid4()])]
    assert isinstance(events[-1], Refused)


async def test_what_is_still_being_read_is_said(service: BuildService, alice: Person, database: Database) -> None:
    async with database.transaction() as session:
        await documents.create(
            session,
            alice.principal,
            library_id=alice.principal.personal_library_id,
            title="scan.pdf",
            mime_type="application/pdf",
            size_bytes=1,
            sha256="0" * 64,
            blob_key="blobs/scan",
        )
    events = await ask(service(), alice.principal, "Which medication does the patient take?")
    refused = events[-1]
    assert isinstance(refused, Refused)
    assert "scan.pdf is still being read (0 %)" in refused.message


async def test_a_model_changes_its_last_answer_from_the_same_sources(
    service: BuildService, alice: Person, stub: RunningStub
) -> None:
    thread_id = uuid4()
    first = await ask(service("cite"), alice.principal, VACATION, thread_id=thread_id)
    stub.state.requests.clear()
    second = await ask(service("cite"), alice.principal, "Make it shorter", thread_id=thread_id)
    assert kind_of(second) is Kind.CONVERSATION
    cited = {citation.chunk.chunk_id for event in first if isinstance(event, Citations) for citation in event.citations}
    (sources,) = [event for event in second if isinstance(event, Sources)]
    assert {source.chunk.chunk_id for source in sources.sources} == cited
    assert "about this conversation" in str(stub.state.requests[-1]["messages"][0])


async def test_without_a_model_it_says_that_it_cannot_rewrite(service: BuildService, alice: Person) -> None:
    thread_id = uuid4()
    await ask(service(), alice.principal, VACATION, thread_id=thread_id)
    events = await ask(service(), alice.principal, "Make it shorter", thread_id=thread_id)
    assert "word for word" in text_of(events)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Give me the key points of this file", Kind.SUMMARY),
        ("Summarize this document", Kind.SUMMARY),
        ("What is this document about?", Kind.DOCUMENT),
    ],
)
async def test_an_attached_document_is_told_from_itself(
    said: str, kind: Kind, service: BuildService, alice: Person
) -> None:
    events = [event async for event in service().ask(alice.principal, said, attached=[alice.document.id])]
    (checked,) = [event for event in events if isinstance(event, Citations)]
    assert kind_of(events) is kind
    assert checked.unsupported == checked.dropped == 0
    assert {citation.chunk.document_id for citation in checked.citations} == {alice.document.id}
    assert len(checked.citations) > 1


async def test_the_only_document_is_meant_without_a_name(service: BuildService, alice: Person) -> None:
    events = await ask(service(), alice.principal, "Summarize this document")
    assert "Parental leave lasts sixteen weeks and is fully paid. [" in text_of(events)


async def test_a_model_summarizes_from_all_of_the_document(
    service: BuildService, alice: Person, stub: RunningStub
) -> None:
    stub.state.requests.clear()
    events = [
        event
        async for event in service("cite").ask(alice.principal, "Summarize this document", attached=[alice.document.id])
    ]
    assert isinstance(events[-1], Done)
    told = str(stub.state.requests[-1]["messages"])
    assert all(text.split(".")[0] in told for text in HANDBOOK_TEXTS)


async def test_what_follows_a_summary_is_about_its_document(service: BuildService, alice: Person) -> None:
    thread_id = uuid4()
    answers = service()
    await ask(answers, alice.principal, "What is this document about?", thread_id=thread_id)
    events = await ask(answers, alice.principal, "How long is it?", thread_id=thread_id)
    (searching,) = [event for event in events if isinstance(event, Searching)]
    assert (searching.query, searching.understood) == ("How long is it?", False)
    (sources,) = [event for event in events if isinstance(event, Sources)]
    assert {source.chunk.document_id for source in sources.sources} == {alice.document.id}


async def test_this_document_is_the_one_of_the_last_answer(service: BuildService, alice: Person) -> None:
    thread_id = uuid4()
    answers = service()
    await ask(answers, alice.principal, VACATION, thread_id=thread_id)
    events = await ask(answers, alice.principal, "Summarize this document", thread_id=thread_id)
    assert kind_of(events) is Kind.SUMMARY
    assert isinstance(events[-1], Done)
