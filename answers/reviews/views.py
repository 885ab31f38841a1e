"""Review items as their senders and the admins see them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from answers.remarks import MARK
from core.values import Frozen
from db.models import AnswerRun, ReviewItem
from db.review_changes import Change
from db.review_items import ENDED, Cause, Entry, Kind, State, Verdict
from rag.grounding.markers import parse

ReviewKind = Literal["not_in_documents", "unsupported", "failed", "rated"]
ReviewState = Literal["open", "done"]
Outcome = Literal["open", "fixed", "wont_fix"]
_WHY: tuple[tuple[Kind, ReviewKind], ...] = (
    ("refused", "not_in_documents"),
    ("unsupported", "unsupported"),
    ("failed", "failed"),
)


class ReviewReceipt(Frozen):
    """A review item as its sender sees it.

    Attributes:
        state: ``done`` once an admin has settled it.
        outcome: how; ``open`` until then.
        reply: what the admin wrote for the sender.
        sent: the person sent the answer to the admins; False where a thumbs down or a comment was enough.
    """

    state: ReviewState
    created_at: datetime
    outcome: Outcome = "open"
    reply: str = ""
    sent: bool = True


class NearestTitle(Frozen):
    """A document that was named as nearest: title and place, without a link."""

    title: str
    page: int | None = None
    locator: str | None = None


class ReviewView(Frozen):
    """A review item as an admin sees it: what its sender sent, and nothing else of the conversation unless it may be opened.

    Attributes:
        kind: what became of the question; ``rated``: an answer that somebody gave a thumbs down or a comment.
        kinds: all that the item arose from.
        state: ``open`` or ``done``, as ``status`` is.
        shown: question and answer are there; False: the admin has to open the conversation first, where the settings allow it.
        note: of the sender.
        answer: without the numbers of sources; a remark such as ``[unsupported]`` follows sentences that have one.
            Empty, like ``nearest``, once the conversation was deleted.
        rating: 0 = thumbs down, 1 = thumbs up.
        error: why the answer failed, in the sentence that the person read.
        asked_by, assignee, done_by: names of people.
        admin_note: among admins.
        reply: for the sender.
        version: counts the changes by admins; send it with a change.
        group_id: the same for items whose questions mean the same.
        alike: how many other items of the list its group has.
    """

    id: UUID
    kind: ReviewKind
    kinds: tuple[Kind, ...]
    state: ReviewState
    status: State
    shown: bool
    question: str
    note: str
    answer: str
    nearest: tuple[NearestTitle, ...]
    rating: int | None = None
    comment: str = ""
    error: str = ""
    asked_by: str
    verdict: Verdict | None = None
    cause: Cause | None = None
    assignee: str | None = None
    admin_note: str = ""
    reply: str = ""
    version: int = 1
    group_id: UUID
    alike: int = 0
    answer_run_id: UUID | None = None
    thread_id: UUID | None = None
    created_at: datetime
    done_by: str | None = None
    done_at: datetime | None = None


class ReviewPage(Frozen):
    """A page of review items, newest first; ``counts`` and ``statuses`` cover all items that fit, whatever their state."""

    items: tuple[ReviewView, ...]
    next_cursor: str | None
    counts: dict[ReviewState, int]
    statuses: dict[State, int]


class ChangeView(Frozen):
    """One change in the history of an item; ``changes``: what changed, before and after."""

    at: datetime
    by: str | None
    changes: dict[str, tuple[str | None, str | None]]


class ReviewDetail(Frozen):
    """One item with its history, newest change first."""

    item: ReviewView
    history: tuple[ChangeView, ...]


def kind_of(run: AnswerRun) -> Kind | None:
    """Why an answer may be sent: the documents do not give it, or do not support it; None: it may not."""
    if run.state == "refused":
        return "refused"
    return "unsupported" if run.state == "done" and run.unsupported_sentences else None


def receipt_of(item: ReviewItem) -> ReviewReceipt | None:
    """An item as its sender sees it; None for one that nobody sent, and for a mere thumbs down or comment until it is settled."""
    is_sent, is_ended = "told" in item.kinds, item.state in ENDED
    if not is_sent and not (is_ended and {"thumbs_down", "comment"} & set(item.kinds)):
        return None
    outcome: Outcome = "fixed" if item.state == "fixed" else "wont_fix" if is_ended else "open"
    state: ReviewState = "done" if is_ended else "open"
    reply = item.reply if is_ended else ""
    return ReviewReceipt(state=state, created_at=item.created_at, outcome=outcome, reply=reply, sent=is_sent)


def view_of(entry: Entry, *, is_shown: bool, alike: int = 0) -> ReviewView:
    """An item as an admin sees it."""
    item, run = entry.item, entry.run
    names = ("id", "kinds", "verdict", "cause", "admin_note", "reply", "version", "group_id", "answer_run_id")
    return ReviewView(
        **{name: getattr(item, name) for name in (*names, "note", "created_at", "done_at")},
        kind=next((why for kind, why in _WHY if kind in item.kinds), "rated"),
        state="done" if item.state in ENDED else "open",
        status=item.state,
        shown=is_shown,
        **(_conversation(item, run) if is_shown else {"question": "", "answer": "", "nearest": ()}),
        rating=entry.rating,
        comment=entry.comment,
        error=(run.error or "") if run else "",
        asked_by=entry.asked_by,
        assignee=entry.assignee,
        done_by=entry.done_by,
        alike=alike,
        thread_id=run.thread_id if run else None,
    )


def _conversation(item: ReviewItem, run: AnswerRun | None) -> dict[str, Any]:
    titles = ("title", "page", "locator")
    nearest = run.nearest if run else []
    return {
        "question": item.question or (run.question if run else ""),
        "answer": readable(run.answer) if run else "",
        "nearest": tuple(NearestTitle(**{name: near.get(name) for name in titles}) for near in nearest),
    }


def change_view(change: Change) -> ChangeView:
    """A change as it is shown."""
    pairs = {name: pair for name, pair in change.changes.items() if name != "assignee"}
    if "assignee" in change.changes:
        pairs["assignee"] = (None, change.assignee)
    return ChangeView(
        at=change.at, by=change.by, changes={name: tuple(map(_text, pair)) for name, pair in pairs.items()}
    )


def _text(value: object) -> str | None:
    return None if value is None or value is False else str(value)


def readable(answer: str) -> str:
    """An answer without the numbers of sources, which an admin cannot open."""
    parts = MARK.split(answer)  # every other one is the name of a remark
    return "".join(f"[{part}]" if place % 2 else parse(part).bare for place, part in enumerate(parts))
