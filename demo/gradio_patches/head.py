"""The page as it is served: what links to it show, what must run before Gradio, and a clip to look at until then.

Upstream: Gradio (6.31) serves its own name and picture to link previews, because its template has them before the
    page's. It paints an empty page until its scripts have run, seconds on a busy machine. It adds the `head` of
    `launch()` in the browser, after it has looked up the language:
    https://github.com/gradio-app/gradio/issues/11233 and 10701.
Test: `test_links_to_the_page_show_its_own_name_and_picture`, `test_a_clip_moves_before_gradio_is_there`.
It can go when Gradio serves `head` as part of the page, before its own tags.
"""

import html
import os
import re
from pathlib import Path

from gradio.route_utils import get_root_url
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIRST = Path(__file__).resolve().parents[1] / "ui" / "static" / "language.js"
PREVIEW = "ready/preview.webp"
CHARSET = '<meta charset="utf-8" />'  # in Gradio's template
APP = b"<gradio-app"  # where Gradio puts the page
# It goes when there is anything to press: the page, or the form that asks for a password.
FIRST_LOOK = f"""
<div id="first-look"><img src="{PREVIEW}" width="256" height="256" alt="A clip that the model drew"></div>
<style>
  #first-look {{ position: absolute; inset: 0; display: grid; place-items: center; background: #f7f3ea; }}
  #first-look {{ pointer-events: none; }}
  #first-look img {{ border-radius: 18px; }}
  body:has(gradio-app :is(button, input)) #first-look {{ display: none; }}
  @media (prefers-color-scheme: dark) {{ #first-look {{ background: #16141d; }} }}
  @media (prefers-reduced-motion: reduce) {{ #first-look img {{ visibility: hidden; }} }}
</style>""".encode()
LINK_TAGS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')


def own_head(title: str, description: str, picture: str) -> bytes:
    """What stands first in the head."""
    properties = {"og:title": title, "og:description": description, "og:type": "website", "og:image": picture}
    tags = [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in properties.items()]
    tags += ['<meta name="twitter:card" content="summary_large_image">']
    return f"{CHARSET}{''.join(tags)}<script>{FIRST.read_text(encoding='utf-8')}</script>".encode()


def picture_address(scope: Scope) -> str:
    """Of the moving picture, whole, as link previews want it: the page's own address, as the visitor has it."""
    root = get_root_url(Request(scope), scope["path"], os.environ.get("GRADIO_ROOT_PATH"))
    return f"{root}/{PREVIEW}"


class OwnHead:
    """ASGI middleware: pages of HTML get this head instead of Gradio's tags for link previews, and the first look."""

    def __init__(self, app: ASGIApp, title: str, description: str):
        self.app, self.title, self.description = app, title, description

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "/gradio_api/" in scope["path"]:
            return await self.app(scope, receive, send)
        start, parts = None, []

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                if headers.get(b"content-type", b"").startswith(b"text/html") and message["status"] == 200:
                    start = message
                    return
            if start is None:
                return await send(message)
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            head = own_head(self.title, self.description, picture_address(scope))
            page = LINK_TAGS.sub(b"", b"".join(parts)).replace(CHARSET.encode(), head, 1)
            page = page.replace(APP, FIRST_LOOK + APP, 1)
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            length = (b"content-length", str(len(page)).encode())
            await send({**start, "headers": [*kept, length]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, hold)
