"""Answer events as markdown: a pure function, so that a live page, a page that comes back and a test see the same text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from rag.events import AnswerEvent, Citations, Done, Failed, Refused, Searching, Sources, Started, Token

_UNSUPPORTED = "[unsupported]"
_UNSUPPORTED_SHOWN = "*(not supported by the sources)*"
_SCANNED = re.compile(
    r"(?P<fence>`+|~{3,})"
    r"|(?P<blank>\n[ \t]*\n)"
    r"|\[(?P<numbers>\d{1,3}(?:, ?\d{1,3}){0,7})\]"
    r"|(?P<unsupported>\[unsupported\])"
    r"|(?P<image>!(?=\[))"
    r"|(?P<directive>:(?=[A-Za-z]))"
)
# What may become one of the above when more text comes.
_BEGUN_MARKERS = "|".join(re.escape(_UNSUPPORTED[:n]) for n in range(len(_UNSUPPORTED) - 1, 1, -1))
_PARTIAL = re.compile(rf"(?:`+|~+|(?:\n[ \t]*)+|!?(?:\[[\d, ]{{0,40}}|{_BEGUN_MARKERS})|!|:)\Z")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~:-])")


def escape(text: str) -> str:
    """Text that is not ours (a title, a file name) made safe to stand in markdown."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def citation_link(answer_run_id: UUID, number: int) -> str:
    """The marker ``[n]`` as a link that opens the source."""
    return rf"[\[{number}\]](/cite/{answer_run_id}/{number})"


@dataclass(slots=True)
class Linkifier:
    """Turns canonical answer text into markdown while it streams; holds back what is not decided yet.

    However the text is cut into pieces, the concatenation of all :meth:`feed` results and :meth:`flush` is the same.
    Code is left alone. Images and directives (``:name``), which the page would load or swallow, are shown as they are written.

    Args:
        numbers: the numbers that may be linked; None for all (while the check is still to come).
    """

    answer_run_id: UUID
    numbers: frozenset[int] | None = None
    _held: str = ""
    _fence: str = ""

    def feed(self, piece: str) -> str:
        """The markdown of as much text as is decided."""
        text = self._held + piece
        partial = _PARTIAL.search(text)
        cut = partial.start() if partial else len(text)
        self._held = text[cut:]
        return self._link(text[:cut])

    def flush(self) -> str:
        """The markdown of the rest."""
        rest, self._held = self._held, ""
        return self._link(rest)

    def _link(self, text: str) -> str:
        return _SCANNED.sub(self._shown, text)

    def _shown(self, match: re.Match[str]) -> str:
        kind, found = match.lastgroup, match.group()
        if kind == "fence":
            if not self._fence:
                self._fence = found
            elif found == self._fence:
                self._fence = ""
        elif kind == "blank":
            if len(self._fence) < 3:
                self._fence = ""  # a stray backtick ends with its paragraph
        elif not self._fence:
            return self._shown_in_prose(kind, match)
        return found

    def _shown_in_prose(self, kind: str | None, match: re.Match[str]) -> str:
        if kind == "numbers":
            return "".join(self._marker(int(number)) for number in match["numbers"].split(","))
        return _UNSUPPORTED_SHOWN if kind == "unsupported" else "\\" + match.group()

    def _marker(self, number: int) -> str:
        is_source = self.numbers is None or number in self.numbers
        return citation_link(self.answer_run_id, number) if is_source else f"[{number}]"


def linkify(text: str, answer_run_id: UUID, numbers: Iterable[int] | None = None) -> str:
    """A whole text at once."""
    linkifier = Linkifier(answer_run_id, None if numbers is None else frozenset(numbers))
    return linkifier.feed(text) + linkifier.flush()


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
                return replace(self, note=_FALLBACK if event.fallback_used else "")
            case Refused():
                return replace(self, note=_refusal(event))
            case Failed():
                return replace(self, note=_failure(event.message, event.reference), is_error=True)

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
        body = linkify(self.text, self.answer_run_id, self.numbers) if self.answer_run_id else self.text
        parts = [part for part in (body.strip(), self.note) if part]
        return "\n\n".join(parts) or self.status


_FALLBACK = "*The language model did not answer. These are the best sentences of your documents, word for word.*"


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
        stands = f"page {near.page}" if near.page else near.place and escape(near.place)
        where = f", {stands}" if stands else ""
        lines.append(f"- [{escape(near.title)}](/api/documents/{near.document_id}/file{page}){where}")
    return "\n".join([escape_sentence(event.message), "", "Nearest in your library:", "", *lines])


def _failure(message: str, reference: str) -> str:
    return f"{escape_sentence(message)} *(reference {reference})*"


def escape_sentence(text: str) -> str:
    """A sentence of ours that may name something of theirs."""
    return re.sub(r"([\\`*_\[\]<>|~]|:(?=[A-Za-z])|!(?=\[))", r"\\\1", text)


def failure(message: str, reference: str) -> str:
    """An error as it stands in the conversation."""
    return _failure(message, reference)
