"""What OpenAI's interfaces make of messages, texts and parameters."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsBase
from openai.types.responses.response_create_params import ResponseCreateParamsBase

from answers.stored import StoredAnswer, StoredCitation
from api.openai.chat import ChatRequest
from api.openai.responses.request import ResponseRequest
from api.openai.talk import talk_of
from api.openai.told import pieces, places
from core.errors import FootnoteError
from rag.types import Turn, Usage


def stored(text: str, *numbers: int) -> StoredAnswer:
    citations = tuple(StoredCitation(number=n, document_id=UUID(int=n), title=f"{n}.pdf", page=n) for n in numbers)
    return StoredAnswer(
        run_id=uuid4(),
        thread_id=None,
        question="?",
        state="done",
        text=text,
        citations=citations,
        mode="llm",
        model="m",
        finish="stop",
        usage=Usage(),
        fallback_used=False,
        library_ids=frozenset(),
        error=None,
        reference=None,
        created_at=datetime.now(UTC),
        finished_at=datetime.now(UTC),
    )


def test_every_number_that_cites_has_its_place() -> None:
    text = "Größe 🎈 eins [1][2]. `x[1]` und [3].\n\n```\n[1]\n```\n\n| a [2] | b |\n|---|---|\n| c | [1] |"
    found = places(stored(text, 1, 2))
    assert [(text[one.start : one.end], one.citation.number) for one in found] == [
        ("[1]", 1),
        ("[2]", 2),
        ("[2]", 2),
        ("[1]", 1),
    ]
    assert [one.start for one in found] == sorted(one.start for one in found)
    assert text[found[0].start - 5 : found[0].start] == "eins "
    assert places(stored(text)) == []


@pytest.mark.parametrize("text", ["", "one", "a " * 500, "x" * 5000, "Ein Satz. " * 40, " \n" * 100, "👩‍👩‍👧 " * 99])
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert all(piece for piece in pieces(text))
    assert all(one.endswith(" ") for one, _ in pairwise(pieces(text)))


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def test_messages_are_a_question_and_the_turns_before_it() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "input_text", "text": "two"}]
    messages = [
        {"role": "system", "content": "Be brief."},
        assistant("Hello!"),
        user("a"),
        user("b"),
        assistant([{"type": "output_text", "text": "B", "annotations": []}]),
        {"type": "reasoning", "id": "rs_1", "summary": []},
        user(parts),
    ]
    talk = talk_of(messages, "messages")
    assert (talk.question, talk.has_system) == ("one\ntwo", True)
    assert talk.turns == (Turn(question="a", answer=""), Turn(question="b", answer="B"))
    assert talk_of([user("\ud800 x\0")], "input").question == "\ufffd x"


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([], "m"),
        ([assistant("x")], "m[0]"),
        ([user(7)], "m[0].content"),
        ([user(["x"])], "m[0].content[0]"),
        ([user([{"type": "text", "text": 7}])], "m[0].content[0]"),
        ([user([{"type": "input_file", "file_data": "data:"}])], "m[0].content[0]"),
        ([user([{"type": "file", "file": {"file_id": "x"}}])], "m[0].content[0].file_id"),
        ([user("x"), {"role": "assistant", "content": None, "tool_calls": [{}]}], "m[1]"),
        ([{"type": "item_reference", "id": "x"}], "m[0].type"),
        ([{"content": "x"}], "m[0].role"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(len(value)),
)
def test_what_is_no_talk_is_refused_with_its_place(messages: list[dict[str, Any]], param: str) -> None:
    with pytest.raises(FootnoteError) as refused:
        talk_of(messages, "m")
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("request_type", "params"),
    [(ChatRequest, CompletionCreateParamsBase), (ResponseRequest, ResponseCreateParamsBase)],
    ids=["chat", "responses"],
)
def test_every_parameter_of_the_client_is_heeded_ignored_or_refused(request_type: Any, params: Any) -> None:
    assert set(get_type_hints(params)) - set(request_type.model_fields) == set()
