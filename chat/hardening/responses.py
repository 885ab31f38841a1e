"""Refusals, in the shape that Chainlit's page shows: ``{"detail": sentence}``, plus the reference and when to come back."""

from starlette.responses import HTMLResponse, JSONResponse, Response

from core.errors import FootnoteError, NotFound

_LOST = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Not found – Footnote</title>
<link rel="stylesheet" href="/public/chat/lost.css">
</head>
<body><main>
<h1>There is nothing here</h1>
<p>The address is wrong, or what it led to was deleted.</p>
<p><a href="/">To your conversations</a></p>
</main></body>
</html>
"""


def refusal(error: FootnoteError) -> Response:
    """A JSON response for an error that may be told."""
    headers = {"retry-after": str(max(1, round(error.retry_after_s)))} if error.retry_after_s else None
    body = {
        "detail": error.message,
        "status": "error",
        "message": error.message,
        "retry_after": error.retry_after_s,
        "reference": error.reference,
    }
    return JSONResponse(body, error.status_code, headers)


def not_found(accept: str) -> Response:
    """404, as a page for people and as JSON for programs."""
    if "text/html" in accept:
        return HTMLResponse(_LOST, 404)
    return refusal(NotFound("There is nothing here."))
