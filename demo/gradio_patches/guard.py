"""Before Gradio sees a request: what no visitor of the page ever asks for is refused.

Gradio keeps private handlers out of its listing, but answers everybody who calls one by its name. The page itself calls
them by number in the queue, as anybody who reads its source can, so each of them checks its own limits as well.
"""

import re
import shutil
import tempfile

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PUBLIC = ("generate", "vocabulary")
# Of Gradio's routes those that a page or a client of ours asks; others write files, fetch addresses or stream for pages
# of other kinds.
ROUTES = {
    *("app_id", "call", "cancel", "custom_component", "file", "heartbeat", "info", "login_check", "openapi.json"),
    *("queue", "reset", "startup-events", "theme.css", "token", "upload", "upload_progress", "user"),
}
LEAST_FREE_BYTES = 10**9  # of the disk that uploads lie on


async def refuse_body(request: Request, error: RequestValidationError) -> JSONResponse:
    """Instead of FastAPI's own answer, which repeats the request, and fails when NaN was in it."""
    return JSONResponse({"detail": "The request is not what /gradio_api/info describes."}, 422)


class Guard:
    """ASGI middleware: calls by name reach the public endpoints only, others the routes in use; no upload fills the
    disk."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.app
        if scope["type"] == "http":
            named = re.search(r"/gradio_api/(?:call/v2|call|run|api)/([^/]+)", scope["path"])
            route = re.search(r"/gradio_api/([^/=]*)", scope["path"])
            if (named and named[1] not in PUBLIC) or (route and route[1] not in ROUTES):
                answer = JSONResponse({"detail": "There is no such endpoint."}, 404)
            elif scope["path"].endswith("/upload") and shutil.disk_usage(tempfile.gettempdir()).free < LEAST_FREE_BYTES:
                answer = JSONResponse({"detail": "The disk is full; nothing can be uploaded."}, 507)
        await answer(scope, receive, send)
