"""What is typed into the forms of the review queue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, cast, get_args
from uuid import UUID

from fastapi import Depends, Form, Request

from core.errors import Invalid
from db.review_items import OPEN, Cause, Kind, State, Verdict
from db.review_page import ReviewFilter

STATES, KINDS, CAUSES, VERDICTS = (get_args(choices) for choices in (State, Kind, Cause, Verdict))
EVERY = "all"  # states
NOBODY = "none"
KEEP = "keep"  # in the form for several items: as it is
NAMES = ("state", "kind", "cause", "verdict", "assignee", "person", "from", "to", "group", "each")
LONGEST = 200  # characters of a name in a filter


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the list as they stand in its address.

    Attributes:
        wanted: what they ask for; without those that make no sense.
        problem: what is wrong with one of them; empty: nothing.
    """

    wanted: ReviewFilter
    typed: Mapping[str, str]
    problem: str = ""


def filters_of(request: Request) -> Filters:
    """The filters in the address of the list."""
    typed = {name: request.query_params.get(name, "")[:LONGEST] for name in NAMES}
    state = typed["state"] or "new"
    problem = ""
    try:
        since, before = _day(typed["from"]), _day(typed["to"])
    except ValueError:
        since = before = None
        problem = "A day is written as year-month-day: 2026-11-30."
    try:
        group_id = UUID(typed["group"]) if typed["group"] else None
    except ValueError:
        group_id = None
    wanted = ReviewFilter(
        states=() if state == EVERY else OPEN if state == "open" else (cast(State, _one(state, STATES) or "new"),),
        kind=cast("Kind | None", _one(typed["kind"], KINDS)),
        cause=_one(typed["cause"], (*CAUSES, NOBODY)),
        verdict=cast("Verdict | None", _one(typed["verdict"], VERDICTS)),
        assignee=typed["assignee"] or None,
        person=typed["person"].strip().lower() or None,
        since=since,
        before=before and before + timedelta(days=1),
        group_id=group_id,
        is_one_of_each=typed["each"] != "1",
    )
    if group_id is not None:
        wanted = replace(wanted, is_one_of_each=False)
    return Filters(wanted, {**typed, "state": state}, problem)


def _day(text: str) -> datetime | None:
    """A day's beginning, in UTC. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None


def _one(value: str, choices: Collection[str]) -> str | None:
    return value if value in choices else None


@dataclass(frozen=True, slots=True)
class ItemForm:
    """The form of one item, as it was typed.

    Attributes:
        version: of the item that the admin saw.
        state: the button that was pressed; empty: save without another state.
        with_group: for the items alike too.
    """

    version: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0
    state: Annotated[str, Form()] = ""
    verdict: Annotated[str, Form()] = ""
    cause: Annotated[str, Form()] = ""
    assignee: Annotated[str, Form()] = ""
    admin_note: Annotated[str, Form()] = ""
    reply: Annotated[str, Form()] = ""
    with_group: Annotated[bool, Form()] = False

    @property
    def wanted(self) -> dict[str, Any]:
        """The change. Raises Invalid."""
        change: dict[str, Any] = {
            "verdict": _required(self.verdict, VERDICTS),
            "cause": _required(self.cause, CAUSES),
            "assignee": self.assignee,
            "admin_note": self.admin_note,
            "reply": self.reply,
        }
        return change | ({"state": _required(self.state, STATES)} if self.state else {})


@dataclass(frozen=True, slots=True)
class SelectionForm:
    """The form for several items of the list. ``item``: ids with versions, ``<id>:<version>``."""

    item: Annotated[list[str] | None, Form()] = None
    state: Annotated[str, Form()] = KEEP
    cause: Annotated[str, Form()] = KEEP
    assignee: Annotated[str, Form()] = KEEP
    with_groups: Annotated[bool, Form()] = False

    @property
    def items(self) -> list[tuple[UUID, int]]:
        """Ids with the versions that the admin saw. Raises Invalid."""
        try:
            pairs = [one.split(":") for one in self.item or ()]
            return [(UUID(item_id), int(version)) for item_id, version in pairs]
        except ValueError as error:
            raise Invalid("The list cannot be read; load it again.") from error

    @property
    def wanted(self) -> dict[str, Any]:
        """The change; empty where everything is to stay. Raises Invalid."""
        change: dict[str, Any] = {}
        if self.state != KEEP:
            change["state"] = _required(self.state, STATES)
        if self.cause != KEEP:
            change["cause"] = _required(self.cause, CAUSES)
        if self.assignee != KEEP:
            change["assignee"] = self.assignee
        return change


def _required(value: str, choices: Collection[str]) -> str | None:
    """One of the choices; None for nothing. Raises Invalid."""
    if value and value not in choices:
        raise Invalid("One of the choices is not known; load the page again.")
    return value or None


FiltersDep = Annotated[Filters, Depends(filters_of)]
