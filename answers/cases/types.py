"""The shapes of a test case, of what may be wrong with an answer, and of the results of a run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from core.values import Frozen
from rag.questions.kind import Kind

CaseState = Literal["passed", "failed", "waiting"]
RunState = Literal["queued", "running", "done", "stopped", "failed"]
FailureCode = Literal[
    "no_author",
    "no_library",
    "gone",
    "missing",
    "answered",
    "refused",
    "error",
    "not_cited",
    "wrong_page",
    "no_pages",
    "no_point",
]


class Named(Frozen):
    """A library or document by its id and its title; by the title alone once the id is gone, so that it survives a new import."""

    id: UUID | None = None
    title: str


class ExpectedDocument(Named):
    """A document that the answer must cite; ``pages``: one of these, or any when there are none."""

    pages: tuple[int, ...] = ()


class CaseContent(Frozen):
    """What an admin writes.

    Attributes:
        earlier: the questions before it in the conversation, oldest first; they are asked first.
        kind: of the question, where its text does not tell; None: it is told from the text.
        libraries: where it is asked.
        documents: of those libraries, the only ones it is asked about; empty: all.
        expected: documents that the answer must cite.
        points: short phrases, each of which the answer must say.
        must_refuse: the documents do not answer it, and the answer must say so.
    """

    question: str
    earlier: tuple[str, ...] = ()
    kind: Kind | None = None
    libraries: tuple[Named, ...] = ()
    documents: tuple[Named, ...] = ()
    expected: tuple[ExpectedDocument, ...] = ()
    points: tuple[str, ...] = ()
    must_refuse: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""
    is_enabled: bool = True

    @property
    def asked(self) -> tuple[Any, ...]:
        """What is asked, where, and by which documents it is judged: who changes it is the one on whose behalf it is asked from then on."""
        return self.question, self.earlier, self.kind, self.libraries, self.documents, self.expected


class CaseView(CaseContent):
    """A stored case.

    Attributes:
        version: counts its changes.
        author: name of the admin on whose behalf it is asked; None once they are gone.
        is_item_fixable: all cases of its review item pass, and the item is not fixed yet.
        last_state: in its latest run; None: it has not run.
        is_changed_since: it was changed after its latest run.
    """

    id: UUID
    version: int
    author: str | None
    review_item_id: UUID | None = None
    last_state: CaseState | None = None
    last_run_at: datetime | None = None
    is_changed_since: bool = False


class Failure(Frozen):
    """Something wrong with an answer; ``values`` complete the sentence of its code."""

    code: FailureCode
    values: Mapping[str, str] = Field(default_factory=dict)

    @property
    def pattern(self) -> str:
        """The sentence with places for the values, to be translated."""
        return SENTENCES[self.code]

    @property
    def sentence(self) -> str:
        """What is wrong, in English."""
        return self.pattern % self.values


SENTENCES: Mapping[FailureCode, str] = {
    "no_author": "The admin on whose behalf this is asked is gone. Save its question anew.",
    "no_library": "The admin on whose behalf this is asked may not read the library “%(title)s”, or it is gone.",
    "gone": "The document “%(title)s” is gone.",
    "missing": "There is no document “%(title)s” in the libraries of this case.",
    "answered": "It was answered, and should have been refused.",
    "refused": "It was refused, and should have been answered.",
    "error": "It could not be answered: %(message)s",
    "not_cited": "“%(title)s” is not cited.",
    "wrong_page": "“%(title)s” is cited, but not page %(pages)s.",
    "no_pages": "“%(title)s” is cited, but it has no pages: leave them out of the case.",
    "no_point": "The answer does not say: %(point)s",
}


class Quote(Frozen):
    """A passage that an answer cites, as an admin sees it who may not open its document."""

    number: int
    title: str
    page: int | None = None
    locator: str | None = None
    text: str


class ResultView(Frozen):
    """What became of a case in a run.

    Attributes:
        is_changed: the case was changed after this run.
        answer: without the numbers of its sources.
    """

    run_id: UUID
    case_id: UUID
    question: str
    state: CaseState
    is_changed: bool = False
    is_refused: bool = False
    failures: tuple[Failure, ...] = ()
    answer: str = ""
    citations: tuple[Quote, ...] = ()
    took_ms: float | None = None
    finished_at: datetime | None = None


class RunView(Frozen):
    """A run over the cases, and what answered.

    Attributes:
        language_model: None: answers were quotes of the documents.
        is_whole: over all enabled cases.
        done: cases that have a result.
    """

    id: UUID
    state: RunState
    source: Literal["console", "command"]
    started_by: str | None
    tag: str | None
    is_whole: bool
    total: int
    passed: int
    failed: int
    index_version: int | None
    embedding_model: str | None
    language_model: str | None
    prompt_version: str | None
    input_tokens: int
    output_tokens: int
    cost_usd: float
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    is_stopping: bool

    @property
    def done(self) -> int:
        """Cases that have a result."""
        return self.passed + self.failed

    @property
    def is_over(self) -> bool:
        """True when no more results come."""
        return self.state not in ("queued", "running")

    @property
    def share(self) -> float:
        """The share of the cases that passed, 0 to 1."""
        return self.passed / self.total if self.total else 0.0

    @property
    def took_s(self) -> float | None:
        """Seconds from its start to its end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
