"""An answer in a terminal: the same events, as text with footnotes below."""

import sys
from collections.abc import AsyncIterator

from rag.events import AnswerEvent, Citations, Done, Failed, Refused, Token
from rag.grounding.markers import parse


async def print_answer(events: AsyncIterator[AnswerEvent]) -> None:
    """Write tokens as they come, then the checked citations with page and quote."""
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
    chunk = citation.chunk
    where = f"page {chunk.page}" if chunk.page else chunk.where
    return f"[{citation.number}] {chunk.title}{f', {where}' if where else ''}: “{citation.quote}”"


def _dropped(event: Citations) -> str:
    """What the check found wrong with the text above, which a terminal cannot take back."""
    said = f"\n{event.dropped} citation(s) did not hold and were removed." if event.dropped else ""
    for sentence in event.sentences:
        if not sentence.sources:
            text = parse(event.answer[sentence.start : sentence.end]).bare
            said += f"\nNot supported by the sources: “{text}”"
    return said
