"""Converts steps between Chainlit's form and ours."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chainlit.step import StepDict
from chainlit.types import FeedbackDict

from chat.data_layer.cleaning import (
    clean_text,
    iso,
    json_object,
    moment_or_none,
    require_uuid,
    text_or_none,
    uuid_or_none,
)
from conversations.types import MESSAGES, FeedbackRow, Step
from core.access import Principal

SOMETHING_WENT_WRONG = "Something went wrong here. Please try again."
_LONGEST_JSON = 64 * 1024  # bytes of metadata, modes, generation
_TEXTS = {"language": "language", "command": "command"}
_FLAGS = {
    "isError": "is_error",
    "streaming": "streaming",
    "waitForAnswer": "wait_for_answer",
    "defaultOpen": "default_open",
    "autoCollapse": "auto_collapse",
}
_OBJECTS = {"modes": "modes", "generation": "generation"}


def values_of(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step that the server made, as attributes of :class:`Step`; only those in ``step``, so that a part of it can be
    changed. ``metadata["answer_run_id"]`` is the id of an answer's run.

    Raises:
        NotFound: its id or the id of its thread is not a UUID.
    """
    values: dict[str, Any] = {
        "id": require_uuid(step.get("id"), "message"),
        "thread_id": require_uuid(step.get("threadId"), "conversation"),
        "type": clean_text(step.get("type") or "undefined"),
        "name": clean_text(step.get("name")),
        "parent_id": uuid_or_none(step.get("parentId")),
        "created_at": moment_or_none(step.get("createdAt")) or datetime.now(UTC),
    }
    values |= {
        column: clean_text(step[key]) for key, column in (("input", "input"), ("output", "output")) if key in step
    }
    values |= {column: text_or_none(step[key]) for key, column in _TEXTS.items() if key in step}
    values |= {column: bool(step[key]) for key, column in _FLAGS.items() if key in step}
    values |= {column: json_object(step[key], _LONGEST_JSON) or None for key, column in _OBJECTS.items() if key in step}
    values |= {f"{key}_at": moment_or_none(step[key]) for key in ("start", "end") if key in step}
    if "showInput" in step:
        values["show_input"] = str(step["showInput"]).lower() if step["showInput"] else None
    if step.get("tags") is not None:
        values["tags"] = [clean_text(tag) for tag in step["tags"]]
    if "metadata" in step:
        values["meta"] = json_object(step["metadata"], _LONGEST_JSON)
        values["answer_run_id"] = uuid_or_none(values["meta"].get("answer_run_id"))
    return _without_details_of_errors(values)


def _without_details_of_errors(values: dict[str, Any]) -> dict[str, Any]:
    """Remove the text of exceptions, which Chainlit writes into steps: people would read passwords, hosts, SQL."""
    if values.get("is_error") and values["type"] not in MESSAGES:
        values["output"] = ""
    elif values.get("is_error") and values["name"] == "Error":  # the name of Chainlit's own error messages
        values["output"] = SOMETHING_WENT_WRONG
    return values


def values_of_client(step: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
    """A step that came from a browser: always a message of the signed-in person, whatever type or author it claims.

    Raises:
        NotFound: its id or the id of its thread is not a UUID.
    """
    allowed = {key: step[key] for key in ("id", "threadId", "createdAt", "output", "command", "modes") if key in step}
    metadata = step.get("metadata")
    is_favorite = isinstance(metadata, dict) and metadata.get("favorite") is True
    allowed["metadata"] = {"favorite": True} if is_favorite else {}
    return values_of(
        {**allowed, "type": "user_message", "name": principal.username, "parentId": None, "isError": False}
    )


def step_dicts(steps: Sequence[Step], feedback: Sequence[FeedbackRow]) -> list[StepDict]:
    """A thread's steps for the page: every parent comes before its children (the page drops a step whose parent it does not
    know), and a rating is on the answer and on the ``run`` step above it, which the page's thumbs read.
    """
    by_id = {step.id: step for step in steps}
    ratings: dict[UUID, FeedbackRow] = {}
    for row in feedback:
        ratings[row.step_id] = row
        run_id = _run_above(row.step_id, by_id)
        if run_id is not None:
            ratings[run_id] = row
    return [step_dict(step, by_id, ratings.get(step.id)) for step in _parents_first(steps, by_id)]


def _run_above(step_id: UUID, by_id: Mapping[UUID, Step]) -> UUID | None:
    seen: set[UUID] = set()
    step = by_id.get(step_id)
    while step is not None and step.id not in seen:
        seen.add(step.id)
        if step.type == "run":
            return step.id
        step = by_id.get(step.parent_id) if step.parent_id else None
    return None


def _parents_first(steps: Sequence[Step], by_id: Mapping[UUID, Step]) -> list[Step]:
    ordered: dict[UUID, Step] = {}
    for step in steps:
        chain: list[Step] = []
        above: Step | None = step
        while above is not None and above.id not in ordered and above not in chain:
            chain.append(above)
            above = by_id.get(above.parent_id) if above.parent_id else None
        ordered |= {member.id: member for member in reversed(chain)}
    return list(ordered.values())


def step_dict(step: Step, known: Mapping[UUID, Step], rating: FeedbackRow | None) -> StepDict:
    """A stored step for the page. It never streams: if it did when the server stopped, that is over."""
    return StepDict(
        id=str(step.id),
        threadId=str(step.thread_id),
        parentId=str(step.parent_id) if step.parent_id in known else None,
        type=step.type,  # type: ignore[typeddict-item]
        name=step.name,
        input=step.input,
        output=step.output,
        isError=step.is_error,
        streaming=False,
        waitForAnswer=step.wait_for_answer,
        showInput={"true": True, None: False}.get(step.show_input, step.show_input or False),
        language=step.language,
        defaultOpen=step.default_open,
        autoCollapse=step.auto_collapse,
        command=step.command,
        modes=step.modes,
        generation=step.generation,
        metadata=step.meta,
        tags=step.tags,
        createdAt=iso(step.created_at),
        start=iso(step.start_at) if step.start_at else None,
        end=iso(step.end_at) if step.end_at else None,
        feedback=_feedback_dict(step, rating),
    )


def _feedback_dict(step: Step, rating: FeedbackRow | None) -> FeedbackDict | None:
    if rating is None:
        return None
    value = 1 if rating.value else 0
    return FeedbackDict(forId=str(step.id), id=str(rating.id), value=value, comment=rating.comment)  # type: ignore[typeddict-item]
