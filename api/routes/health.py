"""Is it alive, is it ready."""

from typing import Any

from fastapi import APIRouter, Request, Response

router = APIRouter(prefix="/health")


@router.head("/live", include_in_schema=False)
@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.head("/ready", include_in_schema=False)
@router.get("/ready")
async def ready(request: Request, response: Response) -> dict[str, Any]:
    """Each part's state; 503 until all of them are ready."""
    services = getattr(request.app.state, "services", None)
    state: dict[str, Any] = await services.readiness() if services else {"status": "starting", "parts": {}}
    if state["status"] != "ready":
        response.status_code = 503
    return state
