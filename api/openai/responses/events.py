"""The events of a response, in OpenAI's order: a pure function of the stored answer, so that their numbers are always the same.

What a client has read up to some ``sequence_number`` it need not read again, whichever process answers. The text comes once the answer is
checked; what was sent is never taken back.
"""

from collections.abc import Iterator
from typing import Any

from api.openai.responses.view import ResponseView
from api.openai.told import pieces

LAST = {"completed": "response.completed", "failed": "response.failed"}
HEAD = 2  # events before the text


def head(begun: ResponseView) -> Iterator[dict[str, Any]]:
    """The events when an answer begins."""
    for number, kind in enumerate(("response.created", "response.in_progress")):
        yield {"type": kind, "sequence_number": number, "response": begun.as_json(is_begun=True)}


def tail(ended: ResponseView) -> Iterator[dict[str, Any]]:
    """The events when an answer has ended; the last one says how."""
    number = HEAD - 1
    for number, event in enumerate(_output(ended) if ended.answer.text else (), start=HEAD):
        yield {**event, "sequence_number": number}
    kind = LAST.get(ended.status, "response.incomplete")
    yield {"type": kind, "sequence_number": number + 1, "response": ended.as_json()}


def _output(ended: ResponseView) -> Iterator[dict[str, Any]]:
    item = {"output_index": 0}
    part = {"item_id": ended.message()["id"], "output_index": 0, "content_index": 0}
    empty = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    yield {"type": "response.output_item.added", **item, "item": ended.message(is_begun=True)}
    yield {"type": "response.content_part.added", **part, "part": empty}
    for piece in pieces(ended.answer.text):
        yield {"type": "response.output_text.delta", **part, "delta": piece, "logprobs": []}
    for place, annotation in enumerate(ended.annotations):
        kind = "response.output_text.annotation.added"
        yield {"type": kind, **part, "annotation_index": place, "annotation": annotation}
    yield {"type": "response.output_text.done", **part, "text": ended.answer.text, "logprobs": []}
    yield {"type": "response.content_part.done", **part, "part": ended.part}
    yield {"type": "response.output_item.done", **item, "item": ended.message()}
