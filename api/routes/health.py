"""Liveness and readiness of the process."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.described import ERROR_MODEL
from core.readiness import Readiness

router = APIRouter(prefix="/health")


@router.head("/live", include_in_schema=False)
@router.get("/live")
async def live() -> dict[str, str]:
    """200 while the process answers."""
    return {"status": "ok"}


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses=ERROR_MODEL)
async def ready(request: Request, response: Response) -> dict[str, Any]:
    """The state of each part, within a second; 503 while this process cannot answer questions."""
    services = getattr(request.app.state, "services", None)
    readiness: Readiness = services.readiness if services else Readiness()
    report = await readiness()
    if not report.can_answer:
        response.status_code = 503
    return report.as_json()
