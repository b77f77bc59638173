"""The language that a visitor has chosen on the page, which comes before the one that the browser asks for."""

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.locale.translate import LANGUAGES

COOKIE = "t2v_language"  # set by `ui/static/page.js`


class ChosenLanguage:
    """ASGI middleware: a request with the cookie asks for its language, whatever the browser prefers."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            cookies = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
            if (chosen := cookie_parser(cookies).get(COOKIE)) in LANGUAGES:
                rest = [(name, value) for name, value in scope["headers"] if name != b"accept-language"]
                scope = {**scope, "headers": [*rest, (b"accept-language", chosen.encode())]}
        await self.app(scope, receive, send)
