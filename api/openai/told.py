"""A stored answer in the terms of OpenAI's interfaces: its text, and for each number in it an annotation with its place.

Places count characters (Unicode code points) of the text: ``text[start_index:end_index]`` is the number in its brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from answers.stored import StoredAnswer, StoredCitation
from api.openai.ids import Prefix, shown
from rag.grounding.markdown import scan

NUMBER = re.compile(r"\[(\d{1,3})\]")
PIECE_CHARS = 60  # of the text in an event of a stream


@dataclass(frozen=True, slots=True)
class Place:
    """A number in a text."""

    start: int
    end: int
    citation: StoredCitation


def places(answer: StoredAnswer) -> list[Place]:
    """The numbers in the text that cite, in order. Numbers in code are text."""
    citations = {citation.number: citation for citation in answer.citations}
    found: list[Place] = []
    position = 0
    for part in scan(answer.text) if citations else ():
        for match in NUMBER.finditer(part.text) if part.kind.is_words else ():
            start, end = position + match.start(), position + match.end()
            if (citation := citations.get(int(match[1]))) and answer.text[start:end] == match[0]:
                found.append(Place(start, end, citation))
        position += len(part.text)
    return found


def url_citation(place: Place, answer: StoredAnswer, base: str) -> dict[str, Any]:
    """The page of a citation, as a web page.

    Args:
        base: address of the server, without a slash at its end.
    """
    return {
        "type": "url_citation",
        "start_index": place.start,
        "end_index": place.end,
        "title": place.citation.where,
        "url": f"{base}/cite/{answer.run_id}/{place.citation.number}",
    }


def file_citation(place: Place) -> dict[str, Any] | None:
    """The document of a citation, as a file; None when it was deleted."""
    if place.citation.document_id is None:
        return None
    return {
        "type": "file_citation",
        "index": place.start,
        "file_id": shown(Prefix.FILE, place.citation.document_id),
        "filename": place.citation.title,
    }


def pieces(text: str) -> Iterator[str]:
    """The text in pieces, parted at spaces; always the same ones."""
    begin = 0
    while begin < len(text):
        end = text.find(" ", begin + PIECE_CHARS)
        end = len(text) if end < 0 else end + 1
        yield text[begin:end]
        begin = end


def extension(answer: StoredAnswer, ignored: list[str], *, is_open: bool = False) -> dict[str, Any]:
    """What OpenAI's interfaces have no field for: ``footnote`` in every answer.

    Args:
        ignored: parameters of the request that change nothing.
        is_open: without what is known at the end only.
    """
    asked = {
        "answer_run_id": str(answer.run_id),
        "thread_id": str(answer.thread_id) if answer.thread_id else None,
        "ignored": ignored,
    }
    if is_open:
        return asked
    return asked | {
        "mode": answer.mode,
        "model": answer.model,
        "refused": answer.state == "refused",
        "fallback_used": answer.fallback_used,
    }
