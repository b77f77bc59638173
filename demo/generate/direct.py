"""The first answer to what is typed, past Gradio's queue: a route of the page's own, which the stage asks itself.

In Gradio's way an event is joined to the queue, looked for, and answered through a stream that the visit shares, and
each of these steps waits for its turn on a busy machine (`docs/BENCHMARK.md`). The route draws on
the processor, two clips at once; it changes nothing, and lets in whom Gradio lets in.
"""

import json
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.generate.answers import Newest, answer_first, note
from demo.locale.translate import _, language_of, speaking
from demo.studio.workspace import Folders

ADDRESS = "draw"
MOST_BYTES = 20_000  # of a request: a prompt and a few numbers
DRAWN_AT_ONCE = 2


def first_answers(folders: Folders, newest: Newest) -> Route:
    """POST the stage's fields as JSON; the answer is that of `answer_first`, or notes that say why there is none."""
    turns = CapacityLimiter(DRAWN_AT_ONCE)

    async def answer(request: Request) -> Response:
        with speaking(language_of(request.headers.get("accept-language"))):
            if not may_come_in(request):
                return as_json(refusal(_("Reload the page and sign in again.")), 401)
            if turns.statistics().tasks_waiting >= folders.limits.waiting:
                return as_json(refusal(_("Too many clips are waiting here; try again in a minute.")), 503)
            try:
                fields = json.loads(await short_body(request))
            except (ValueError, RecursionError):
                return as_json(refusal(_("This is no request of the page.")), 400)
            return as_json(await to_thread.run_sync(partial(answer_first, folders, newest, fields), limiter=turns))

    return Route(f"/{ADDRESS}", answer, methods=["POST"])


def may_come_in(request: Request) -> bool:
    """As Gradio's own `login_check`, which only its own routes can ask."""
    app = request.app
    if app.auth is None and app.auth_dependency is None:
        return True
    cookies = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(request.cookies.get(name) in app.tokens for name in cookies)


async def short_body(request: Request) -> bytes:
    """ValueError where it is longer than the page's own are."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise ValueError
    return body


def refusal(words: str) -> dict:
    return {"notes": [note(words, "problem")]}


def as_json(answer: dict, status: int = 200) -> Response:
    """In ASCII, which has a way to say half a letter that a visitor sent."""
    return Response(json.dumps(answer), status, media_type="application/json")
