"""An address of the chat that does not exist: a page for people, JSON for programs."""

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from chat.hardening.routes import methods_of
from web.unknown import nothing_here

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


def not_found(scope: Scope) -> Response:
    """404, or 405 where other methods are taken."""
    response = nothing_here(scope, methods_of(scope["path"]))
    if response.status_code == 404 and "text/html" in Headers(scope=scope).get("accept", ""):
        return HTMLResponse(_LOST, 404)
    return response
