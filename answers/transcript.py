"""Answer events to Markdown: a pure function, so that a live page, a reloaded page and a test see the same text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from answers.linkifier import linkify
from core.unseen import seen_line
from rag.events import AnswerEvent, Citations, Done, Failed, Refused, Searching, Sources, Started, Token

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~:&-])")
_ADDRESS = re.compile(r"(?:https?(?=:)|www(?=\.))|(?<=[\w.+-])(?=@)", re.IGNORECASE)


def escape(text: str) -> str:
    """Text that is not ours (a title, a file name) made safe to stand in markdown."""
    return _MARKDOWN.sub(r"\\\1", _plain(text))


def _plain(text: str) -> str:
    """A line as it is seen, its addresses broken by a character without width: the page would make links of them."""
    return _ADDRESS.sub("\\g<0>\u2060", seen_line(text))


@dataclass(frozen=True, slots=True)
class Transcript:
    """An answer as far as its events tell. :meth:`apply` gives the next one; :attr:`markdown` is what stands on the page.

    Attributes:
        text: canonical text so far.
        numbers: sources that may be linked, once the check is done.
        status: what is being done, while there is no text.
        note: stands below the text at the end.
    """

    answer_run_id: UUID | None = None
    text: str = ""
    numbers: frozenset[int] | None = None
    status: str = ""
    note: str = ""
    is_error: bool = field(default=False)

    def apply(self, event: AnswerEvent) -> "Transcript":
        """This transcript and one more event."""
        match event:
            case Started():
                return replace(self, answer_run_id=event.answer_run_id)
            case Searching():
                return replace(self, status="Searching your documents…")
            case Sources():
                return replace(self, status=_found(event))
            case Token():
                return replace(self, text=self.text + event.text)
            case Citations():
                return replace(
                    self, text=event.answer, numbers=frozenset(citation.number for citation in event.citations)
                )
            case Done():
                return replace(self, note="\n\n".join(self._end(event)))
            case Refused():
                return replace(self, note="\n\n".join([_refusal(event), *self._tell()]))
            case Failed():
                return replace(self, note=_failure(event.message, event.reference), is_error=True)

    def _end(self, event: Done) -> list[str]:
        """Who answered instead; that it was answered before, with a way to ask anew that ``public/js/again.js`` makes a button of;
        where nothing is cited, the way to how it was found."""
        notes = [f"*{escape_sentence(event.notice)}*"] if event.notice else []
        if event.cached and self.answer_run_id:
            notes.append(f"*{_CACHED[event.cached]}* [Answer anew](/answers/{self.answer_run_id}#again)")
        elif not self.numbers and self.answer_run_id:  # else the footnotes lead there
            notes.append(f"[How this was found](/answers/{self.answer_run_id})")
        return notes

    def _tell(self) -> list[str]:
        """A way to tell an admin; ``public/js/reviews.js`` makes a button of it."""
        return [f"[Tell an admin](/answers/{self.answer_run_id}#tell)"] if self.answer_run_id else []

    def stopped(self, checked: str | None = None, numbers: Iterable[int] = ()) -> "Transcript":
        """The answer as it stays when someone pressed Stop.

        Args:
            checked: its text after the check that follows, and ``numbers`` that hold; without it, nothing is linked.
        """
        text = self.text if checked is None else checked
        return replace(self, text=text, numbers=frozenset(numbers), note="*Stopped.*")

    @property
    def markdown(self) -> str:
        """What stands on the page."""
        body = linkify(self.text, self.answer_run_id, self.numbers) if self.answer_run_id else ""
        parts = [part for part in (body.strip(), self.note) if part]
        return "\n\n".join(parts) or self.status


_CACHED = {
    "exact": "Cached: this is what was answered before.",
    "semantic": "Cached: this was answered before, to a question that means the same.",
}


def _found(event: Sources) -> str:
    documents = len({source.chunk.document_id for source in event.sources})
    passages = len(event.sources)
    return f"{_count(passages, 'passage')} found in {_count(documents, 'document')}. Reading…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _refusal(event: Refused) -> str:
    if not event.nearest:
        return escape_sentence(event.message)
    lines = []
    for near in event.nearest:
        page = f"#page={near.page}" if near.page else ""
        stands = f"page {near.page}" if near.page else near.locator and escape(near.locator)
        where = f", {stands}" if stands else ""
        lines.append(f"- [{escape(near.title)}](/api/documents/{near.document_id}/file{page}){where}")
    return "\n".join([escape_sentence(event.message), "", "Nearest in your library:", "", *lines])


def _failure(message: str, reference: str) -> str:
    return f"{escape_sentence(message)} *(reference {reference})*"


def escape_sentence(text: str) -> str:
    """A sentence of ours that may name something of theirs."""
    return re.sub(r"([\\`*_\[\]<>|~&]|:(?=[A-Za-z])|!(?=\[))", r"\\\1", _plain(text))


def failure(message: str, reference: str) -> str:
    """An error as it stands in the conversation."""
    return _failure(message, reference)
