"""Refuses requests before Gradio sees them: private handlers called by name, and routes that could do harm.

Upstream: Gradio (6.31) leaves private handlers out of its listing, but runs one for everybody who calls it by its name:
    https://github.com/gradio-app/gradio/issues/13051, closed as a fault of the documentation. Some of its routes run
    handlers past the queue, write what a session holds to disk, fetch addresses, or decode films.
Tests: `test_private_handlers_have_no_names`, `test_dangerous_routes_are_closed`, `test_each_route_of_gradio_is_known`.
It can go when Gradio refuses private names itself and each route in `DENIED` can be switched off.

The page calls its handlers by number in the queue, as anybody can who reads its source. So each handler checks its own
limits as well.
"""

import re
import shutil
import tempfile

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PUBLIC = ("generate", "vocabulary")
# The first part of each route of Gradio's that could do harm, and that no page of ours asks for.
DENIED = {
    *("api", "run"),  # handlers past the queue, and so past its limits
    *("deep_link", "process_recording"),  # write to the disk
    *("dev", "profiling"),  # for who develops Gradio
    *("monitoring", "run-history", "runs"),  # what others did here
    "proxy",  # fetches addresses
    "stream",  # decodes films
    *("undo-vibe-edit", "vibe-code", "vibe-edit", "vibe-starter-queries"),  # change the program
}


async def refuse_body(request: Request, error: RequestValidationError) -> JSONResponse:
    """Instead of FastAPI's own answer, which repeats the request, and fails when NaN was in it."""
    return JSONResponse({"detail": "The request is not what /gradio_api/info describes."}, 422)


class Guard:
    """ASGI middleware: calls by name reach the public endpoints only, and no upload fills the disk."""

    def __init__(self, app: ASGIApp, *, free_bytes: int):
        self.app, self.free_bytes = app, free_bytes  # of the disk that uploads lie on, which they must leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.app
        if scope["type"] == "http":
            named = re.search(r"/gradio_api/(?:call/v2|call|run|api)/([^/]+)", scope["path"])
            route = re.search(r"/gradio_api/([^/=]*)", scope["path"])
            if (named and named[1] not in PUBLIC) or (route and route[1] in DENIED):
                answer = JSONResponse({"detail": "There is no such endpoint."}, 404)
            elif scope["path"].endswith("/upload") and shutil.disk_usage(tempfile.gettempdir()).free < self.free_bytes:
                answer = JSONResponse({"detail": "The disk is full; nothing can be uploaded."}, 507)
        await answer(scope, receive, send)
