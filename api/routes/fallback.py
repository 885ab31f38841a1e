"""Answers addresses under ``/api`` that no other route takes: a JSON 404 (or 405), never the chat's page."""

from fastapi import APIRouter, Request, Response

from web.unknown import REST, nothing_here

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
router = APIRouter()


@router.api_route(REST, methods=METHODS, include_in_schema=False)
async def unknown(request: Request) -> Response:
    """404, or 405 with ``Allow``."""
    return nothing_here(request.scope)
