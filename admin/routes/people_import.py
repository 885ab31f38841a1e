"""People from a CSV file: look at what it would do, then do it, then take the links home."""

import csv
import io
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from accounts.people.bulk import COLUMNS, MOST_BYTES, MOST_ROWS, MOST_TOLD, text_of
from accounts.people.importing import PeopleImport
from admin.pages import Admin, console_router, page
from admin.routes.people import SECTION, PeopleDep
from core.access import Principal
from core.errors import Conflict, FootnoteError, Invalid
from web.deps import SettingsDep
from web.forms import FormDep
from web.links import whole_address

router = console_router("/admin/people/import")
MOST_SHOWN = 20  # people, and links, on the pages; the file has all
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets do not see that a file is UTF-8
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # spreadsheets run cells that begin so


async def read_file(request: Request) -> bytes:
    """The file of the form. Raises Invalid."""
    try:
        async with request.form(max_files=1, max_fields=5, max_part_size=MOST_BYTES) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                raise Invalid("Choose a file first.")
            return await file.read()
    except HTTPException as error:
        raise Invalid("The form could not be read.") from error


@router.get("")
async def form(request: Request, me: Admin) -> Response:
    """The form for a file, and what has to be in it."""
    return _form(request, me)


@router.post("")
async def preview(request: Request, me: Admin, people: PeopleDep) -> Response:
    """What importing the file would do; nothing is changed."""
    try:
        text = text_of(await read_file(request))
        return await _preview(request, me, people.bulk, text)
    except Invalid as error:
        return _form(request, me, error)


@router.post("/run")
async def run(request: Request, me: Admin, people: PeopleDep, settings: SettingsDep, form: FormDep) -> Response:
    """Create everybody in the file, or nobody."""
    text = form.text("csv", MOST_BYTES)
    try:
        made = await people.bulk.run(me, text)
    except (Conflict, Invalid) as refused:
        try:
            return await _preview(request, me, people.bulk, text, refused)
        except Invalid as error:
            return _form(request, me, error)
    links = [(name, whole_address(request, settings, f"/invite/{link.token}")) for name, link in made]
    return page(
        request,
        me,
        "admin/people/imported.html",
        section=SECTION,
        status_code=201,
        links=links[:MOST_SHOWN],
        count=len(links),
        until=made[0][1].expires_at,
        csv=_as_csv(links),
    )


@router.post("/links")
async def links(_: Admin, form: FormDep) -> Response:
    """The links as a file. They come from the page: nothing here stores them."""
    headers = {"Content-Disposition": 'attachment; filename="footnote-links.csv"'}
    content = BYTE_ORDER_MARK + form.text("csv", 2 * MOST_BYTES)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _as_csv(links: list[tuple[str, str]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("username", "link"))
    writer.writerows((f"'{name}" if name.startswith(FORMULA) else name, link) for name, link in links)
    return file.getvalue()


def _form(request: Request, me: Principal, error: FootnoteError | None = None) -> Response:
    shown: dict[str, Any] = {"problem": error.message} if error else {}
    return page(
        request,
        me,
        "admin/people/import.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        columns=COLUMNS,
        most_rows=MOST_ROWS,
        **shown,
    )


async def _preview(
    request: Request, me: Principal, bulk: PeopleImport, text: str, error: FootnoteError | None = None
) -> Response:
    found = await bulk.preview(me, text)
    return page(
        request,
        me,
        "admin/people/import_preview.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        problem=error.message if error else None,
        found=found,
        shown=found.rows[:MOST_SHOWN],
        most_told=MOST_TOLD,
        csv=text,
    )
