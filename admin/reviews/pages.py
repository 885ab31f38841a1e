"""The pages of the review queue: the list, one item, and the comparison of an answer with a new one."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from admin.pages import Admin, back_to, console_router, page
from admin.reviews.forms import CAUSES, KINDS, STATES, VERDICTS, FiltersDep, ItemForm, SelectionForm
from answers.remarks import in_words
from answers.reviews import Changed, Reviews
from answers.reviews.again import ReviewAgain
from core.access import Principal
from core.errors import FootnoteError, Invalid, PreconditionFailed
from web.deps import service
from web.errors import render

SECTION = "/admin/reviews"
PAGE = 50
CHOICES = {"states": STATES, "kinds": KINDS, "causes": CAUSES, "verdicts": VERDICTS}

router = console_router(SECTION)
ReviewsDep = Annotated[Reviews, service("reviews")]
AgainDep = Annotated[ReviewAgain, service("review_again")]


@router.get("")
async def items(request: Request, me: Admin, reviews: ReviewsDep, filters: FiltersDep) -> HTMLResponse:
    """The list."""
    return await _list(request, me, reviews, filters, filters.problem, 422 if filters.problem else 200)


@router.post("")
async def change_several(
    request: Request, me: Admin, reviews: ReviewsDep, filters: FiltersDep, form: Annotated[SelectionForm, Depends()]
) -> Any:
    """Change the selected items."""
    try:
        chosen, wanted = form.items, form.wanted
        if not chosen:
            raise Invalid("Nothing is selected: mark the items that you want to change.")
        if not wanted:
            raise Invalid("Nothing was chosen to change: choose a state, a cause or an admin.")
        changed = await reviews.change_all(me, chosen, wanted, with_groups=form.with_groups)
    except FootnoteError as error:
        return await _list(request, me, reviews, filters, error.message, render(error).status_code, form)
    kept = {name: value for name, value in request.query_params.items() if name not in ("cursor", "notice")}
    return back_to(SECTION, _told(changed), kept)


def _told(changed: Changed) -> str:
    told = "1 item was changed." if changed.changed == 1 else f"{changed.changed} items were changed."
    if not changed.stale:
        return told
    stale = "1 item was" if changed.stale == 1 else f"{changed.stale} items were"
    return f"{told} {stale} left alone: somebody else changed it meanwhile. Look at it first."


async def _list(
    request: Request,
    me: Principal,
    reviews: Reviews,
    filters: FiltersDep,
    problem: str,
    status_code: int,
    form: SelectionForm | None = None,
) -> HTMLResponse:
    found = await reviews.page(me, None, filters.wanted, limit=PAGE, cursor=request.query_params.get("cursor") or None)
    return page(
        request,
        me,
        "admin/reviews/list.html",
        section=SECTION,
        status_code=status_code,
        problem=problem or None,
        found=found,
        typed=filters.typed,
        is_filtered=any(filters.typed[name] for name in ("kind", "cause", "assignee", "person", "from", "to", "group")),
        query=urlencode({name: value for name, value in request.query_params.items() if name != "notice"}),
        form=form or SelectionForm(),
        admins=await reviews.admins(me),
        **CHOICES,
    )


@router.get("/{item_id}")
async def item(request: Request, me: Admin, reviews: ReviewsDep, again: AgainDep, item_id: UUID) -> HTMLResponse:
    """One item."""
    return await _item(request, me, reviews, again, item_id)


@router.post("/{item_id}")
async def change(
    request: Request,
    me: Admin,
    reviews: ReviewsDep,
    again: AgainDep,
    item_id: UUID,
    form: Annotated[ItemForm, Depends()],
) -> Any:
    """Change one item, and with it those alike where that is wished for."""
    try:
        count = await reviews.change(me, item_id, form.wanted, version=form.version, with_group=form.with_group)
    except (Invalid, PreconditionFailed) as error:
        return await _item(request, me, reviews, again, item_id, error, form)
    notice = "Nothing has changed." if not count else "Saved." if count == 1 else f"Saved, for {count} items."
    return back_to(f"{SECTION}/{item_id}", notice)


async def _item(
    request: Request,
    me: Principal,
    reviews: Reviews,
    again: ReviewAgain,
    item_id: UUID,
    error: FootnoteError | None = None,
    form: ItemForm | None = None,
) -> HTMLResponse:
    detail = await reviews.item(me, item_id)
    shown = detail.item
    present = ItemForm(
        verdict=shown.verdict or "",
        cause=shown.cause or "",
        assignee=shown.assignee or "",
        admin_note=shown.admin_note,
        reply=shown.reply,
    )
    return page(
        request,
        me,
        "admin/reviews/item.html",
        section=SECTION,
        status_code=render(error).status_code if error else 200,
        problem=error.message if isinstance(error, Invalid) else None,
        is_stale=isinstance(error, PreconditionFailed),
        item=shown,
        answer=in_words(shown.answer),
        history=detail.history,
        form=form or present,
        present=present,
        conversations=reviews.conversations,
        earlier=await again.earlier(me, item_id) if shown.shown else [],
        next_id=await reviews.after(me, item_id),
        admins=await reviews.admins(me),
        **CHOICES,
    )


@router.post("/{item_id}/again")
async def ask_again(me: Admin, again: AgainDep, item_id: UUID) -> RedirectResponse:
    """Ask the question again now."""
    run_id = await again.start(me, item_id)
    return back_to(f"{SECTION}/{item_id}/again/{run_id}")


@router.get("/{item_id}/again/{answer_run_id}")
async def compared(request: Request, me: Admin, again: AgainDep, item_id: UUID, answer_run_id: UUID) -> HTMLResponse:
    """The old answer beside the new one."""
    found = await again.compared(me, item_id, answer_run_id)
    return page(
        request,
        me,
        "admin/reviews/again.html",
        section=SECTION,
        item_id=item_id,
        question=found.question,
        both=[("old", found.old, in_words(found.old.answer)), ("new", found.new, in_words(found.new.answer))],
        is_over=found.new.is_over,
    )
