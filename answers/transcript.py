"""Answer events as Markdown: a pure function, so that a live page, a reloaded page and a test get the same text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from answers.linkifier import Linkifier, linkify
from core.places import place_of
from core.unseen import seen_line
from core.words import N_, Catalogue, catalogue
from rag.events import (
    AnswerEvent,
    Citations,
    Done,
    Failed,
    Reasoning,
    Refused,
    Searching,
    Sources,
    Started,
    Stopped,
    Token,
    Waiting,
)
from rag.questions.kind import OF_OURS, Kind
from rag.types import NearestDocument

ENGLISH = catalogue("en")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~:&$-])")
_ACTIVE = re.compile(r"([\\`*_\[\]<>|~&$]|:(?=[A-Za-z])|!(?=\[))")  # what is markup in our own sentences
_ADDRESS = re.compile(r"(?:https?(?=:)|www(?=\.))|(?<=[\w.+-])(?=@)", re.IGNORECASE)


def escape(text: str) -> str:
    """Escape a text that is not ours (a title, a file name) for Markdown."""
    return _MARKDOWN.sub(r"\\\1", _plain(text))


def _plain(text: str) -> str:
    """A line without invisible characters, its addresses broken by a zero-width character, else the page would link them."""
    return _ADDRESS.sub("\\g<0>\u2060", seen_line(text))


STOPPED = N_("Stopped.")


@dataclass(frozen=True, slots=True)
class Transcript:
    """An answer after some of its events. :meth:`apply` adds one; :attr:`markdown` is the text of the page.

    Attributes:
        words: the language of what is ours in it.
        text: canonical text so far.
        reasoning: what the model thought, as it came; no part of :attr:`markdown`.
        numbers: sources that may be linked; None before the check.
        status: what is being done, shown while there is no text.
        note: shown below the final text.
        kind: of the question.
        understood: the question in the form in which it was answered, where that is not how it was asked.
    """

    answer_run_id: UUID | None = None
    words: Catalogue = ENGLISH
    text: str = ""
    reasoning: str = ""
    numbers: frozenset[int] | None = None
    status: str = ""
    note: str = ""
    understood: str = ""
    kind: Kind = Kind.FACT
    is_error: bool = field(default=False)

    def apply(self, event: AnswerEvent) -> "Transcript":
        """This transcript after one more event."""
        match event:
            case Started():
                return Transcript(event.answer_run_id, self.words)
            case Waiting():
                return replace(self, status=self._waiting_status(event))
            case Searching():
                understood = event.query if event.understood else ""
                return replace(
                    self,
                    status=self.words.text("Searching your documents…"),
                    understood=understood,
                    kind=event.question_kind,
                )
            case Sources():
                return replace(self, status=self._sources_status(event))
            case Token():
                return replace(self, text=self.text + event.text)
            case Reasoning():
                return self._thought(event)
            case Citations():
                return replace(
                    self, text=event.answer, numbers=frozenset(citation.number for citation in event.citations)
                )
            case Done() | Refused() | Failed() | Stopped():
                return self._ended(event)

    def _ended(self, event: Done | Refused | Failed | Stopped) -> "Transcript":
        match event:
            case Done():
                return replace(self, note="\n\n".join(self._notes(event)))
            case Refused():
                return replace(self, note="\n\n".join([self._refusal(event), *self._tell()]))
            case Failed():
                return replace(self, note=self._failure(event), is_error=True)
            case Stopped():
                return replace(self, note=f"*{self.words.text(STOPPED)}*", numbers=self.numbers or frozenset())

    def _failure(self, event: Failed) -> str:
        """What went wrong; the same question can be asked again where that helps (``public/chat/again.js`` makes a button of the link)."""
        again = f" {self._link(N_('Ask again'), '#again')}" if event.is_interrupted and self.answer_run_id else ""
        return failure(event.message, event.reference, self.words) + again

    def _link(self, text: str, what: str = "") -> str:
        """A link to the run, which a script makes a button of where it says ``what``."""
        return f"[{self.words.text(text)}](/answers/{self.answer_run_id}{what})"

    def _thought(self, event: Reasoning) -> "Transcript":
        if event.retracts:
            return replace(self, text="", reasoning=self.reasoning + self.text + event.text)
        return replace(self, reasoning=self.reasoning + event.text)

    def _notes(self, event: Done) -> list[str]:
        """Notes below an answer: a notice (of a fallback, say), with a link to continue it where it was cut; that it is cached, with a link
        to a new answer (``public/chat/again.js`` makes buttons of both); where nothing is cited, a link to how it was found."""
        notes = [f"*{escape_sentence(self.words.told(event.notice))}*"] if event.notice else []
        if event.chart and self.answer_run_id:
            notes.insert(0, f"![{escape(event.chart.title)}](/api/answer-runs/{self.answer_run_id}/chart.svg)")
        if self.understood and self.answer_run_id:
            understood = self.words.text("Understood as: %(question)s", question=self.understood)
            notes.append(f"*{escape_sentence(understood)}* {self._link(N_('Ask as written'), '#literal')}")
        if event.finish == "length" and self.answer_run_id:
            notes[0] += f" {self._link(N_('Continue'), '#continue')}"
        if event.cached and self.answer_run_id:
            cached = escape_sentence(self.words.text(_CACHED[event.cached]))
            notes.append(f"*{cached}* {self._link(N_('Answer anew'), '#again')}")
        elif not self.numbers and self.answer_run_id and self.kind not in OF_OURS:  # else the footnotes link there
            notes.append(self._link(N_("How this was found")))
        return notes

    def _waiting_status(self, event: Waiting) -> str:
        if not event.ahead:
            return self.words.text("Many questions were asked at this moment. Yours is next…")
        return self.words.plural(
            event.ahead,
            "Many questions were asked at this moment. %(count)s is before yours…",
            "Many questions were asked at this moment. %(count)s are before yours…",
        )

    def _sources_status(self, event: Sources) -> str:
        documents = len({source.chunk.document_id for source in event.sources})
        passages = self.words.plural(len(event.sources), "%(count)s passage", "%(count)s passages")
        where = self.words.plural(documents, "%(count)s document", "%(count)s documents")
        return self.words.text("%(passages)s found in %(documents)s. Reading…", passages=passages, documents=where)

    def _refusal(self, event: Refused) -> str:
        """The sentence, and the closest passages: each opens like a footnote."""
        sentence = escape_sentence(self.words.told(event.message))
        if not event.nearest:
            return sentence
        lines = [_near(near, self.answer_run_id, self.words) for near in event.nearest]
        return "\n".join([sentence, "", self.words.text("These passages come nearest:"), "", *lines])

    def _tell(self) -> list[str]:
        """A link to tell an admin; ``public/chat/refusal.js`` turns it into a button."""
        return [self._link(N_("Tell an admin"), "#tell")] if self.answer_run_id else []

    def stopped(self, checked: str | None = None, numbers: Iterable[int] = ()) -> "Transcript":
        """The final answer after a person pressed Stop.

        Args:
            checked: its text after the check; without it, nothing is linked.
            numbers: sources that passed the check.
        """
        text = self.text if checked is None else checked
        return replace(self, text=text, numbers=frozenset(numbers), note=f"*{self.words.text(STOPPED)}*")

    @property
    def thoughts(self) -> str:
        """The reasoning as Markdown that links nowhere; empty without any."""
        if not self.reasoning.strip() or self.answer_run_id is None:
            return ""
        linkifier = thoughts_linkifier(self.answer_run_id)
        return (linkifier.feed(self.reasoning) + linkifier.flush()).strip()

    @property
    def markdown(self) -> str:
        """The text of the page."""
        body = linkify(self.text, self.answer_run_id, self.numbers, self.words) if self.answer_run_id else ""
        parts = [part for part in (body.strip(), self.note) if part]
        return "\n\n".join(parts) or self.status


def thoughts_linkifier(answer_run_id: UUID) -> Linkifier:
    """What makes Markdown of reasoning: neither its numbers nor its remarks mean anything."""
    return Linkifier(answer_run_id, frozenset(), iter(()))


_CACHED = {
    "exact": "This question was answered before; this is the same answer.",
    "semantic": "A question that means the same was answered before; this is its answer.",
}


def _near(near: NearestDocument, answer_run_id: UUID | None, words: Catalogue) -> str:
    place = escape(place_of(near.page, near.locator, words))
    where = f", {place}" if place else ""
    if near.number and answer_run_id:
        address = f"/cite/{answer_run_id}/{near.number}#passage"  # no footnote, but it opens like one
    else:
        address = f"/api/documents/{near.document_id}/file" + (f"#page={near.page}" if near.page else "")
    excerpt = f": {escape(near.excerpt)}" if near.excerpt else ""
    return f"- [{escape(near.title)}]({address}){where}{excerpt}"


def escape_sentence(text: str) -> str:
    """Escape a sentence of ours that may contain a text of a person."""
    return _ACTIVE.sub(r"\\\1", _plain(text))


def failure(message: str, reference: str, words: Catalogue = ENGLISH) -> str:
    """An error as shown in the conversation."""
    return f"{escape_sentence(words.told(message))} *{words.text('(reference %(reference)s)', reference=reference)}*"
