"""An answer in a terminal: its events as text, with footnotes below."""

import sys
from collections.abc import AsyncIterator

from core.places import place_of
from rag.events import AnswerEvent, Citations, Done, Failed, Refused, Token
from rag.grounding.markers import parse


async def print_answer(events: AsyncIterator[AnswerEvent]) -> None:
    """Write tokens as they arrive, then the checked citations with page and quote."""
    async for event in events:
        sys.stdout.write(_text(event))
        sys.stdout.flush()


def _text(event: AnswerEvent) -> str:
    match event:
        case Token(text=text):
            return text
        case Citations():
            return (
                "\n\n" + "\n".join(_footnote(event, number) for number in range(len(event.citations))) + _dropped(event)
            )
        case Refused(message=message, nearest=nearest):
            return message + "".join(f"\n  - {document.title}" for document in nearest) + "\n"
        case Failed(message=message, reference=reference):
            return f"\n{message} (reference {reference})\n"
        case Done(notice=notice):
            return f"\n{notice}\n" if notice else "\n"
    return ""


def _footnote(event: Citations, position: int) -> str:
    citation = event.citations[position]
    number = event.order[citation.number - 1] if event.order else citation.number  # as in the text above
    chunk = citation.chunk
    where = place_of(chunk.page, chunk.where)
    return f"[{number}] {chunk.title}{f', {where}' if where else ''}: “{citation.quote}”"


def _dropped(event: Citations) -> str:
    """What the check rejected in the text above, which a terminal cannot take back."""
    text = f"\n{event.dropped} citation(s) did not hold and were removed." if event.dropped else ""
    for sentence in event.sentences:
        if not sentence.sources:
            bare = parse(event.answer[sentence.start : sentence.end]).bare
            text += f"\nNot supported by the sources: “{bare}”"
    return text
