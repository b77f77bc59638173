"""The page behind a reverse proxy that hands on one folder of its own, as `docs/HOSTING.md` says."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest

pytest.importorskip("gradio")

import httpx
import uvicorn
from browsing import PATIENCE_MS, in_a_browser
from serving import served
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

pytestmark = in_a_browser

FOLDER = "/flipbook"
OWN = ("host", "content-length", "transfer-encoding", "connection", "accept-encoding")  # of one hop


@contextlib.contextmanager
def proxied(address: str):
    """The address under which a proxy serves FOLDER from `address`, without that part of the path."""
    client: httpx.AsyncClient

    async def hand_on(request: Request) -> StreamingResponse:
        headers = {name: value for name, value in request.headers.items() if name not in OWN}
        url = httpx.URL(path="/" + request.path_params["path"], query=request.url.query.encode())
        headers |= {"host": request.headers["host"], "x-forwarded-proto": "http"}
        forwarded = client.build_request(request.method, url, headers=headers, content=await request.body())
        answer = await client.send(forwarded, stream=True)
        kept = {name: value for name, value in answer.headers.items() if name not in (*OWN, "content-encoding")}
        return StreamingResponse(answer.aiter_bytes(), answer.status_code, kept)

    app = Starlette(routes=[Route(FOLDER + "/{path:path}", hand_on, methods=["GET", "POST", "HEAD"])])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))

    async def serve() -> None:  # and close the client while its loop is there, or its streams end without one
        nonlocal client
        async with httpx.AsyncClient(base_url=address, timeout=None) as client:
            await server.serve(sockets=[listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{FOLDER}/"
    finally:
        server.should_exit = True
        server.force_exit = True  # streams of events would go on
        thread.join()


def test_the_page_works_behind_a_reverse_proxy(browser, folders, monkeypatch):
    monkeypatch.setenv("GRADIO_ROOT_PATH", FOLDER)
    with served(folders) as address, proxied(address) as public:
        page = browser.new_page(reduced_motion="reduce")
        page.set_default_timeout(PATIENCE_MS)
        addresses = []
        page.on("request", lambda sent: addresses.append(sent.url))
        page.goto(public)
        page.wait_for_selector("#hero[data-ready]")
        page.locator("#prompt").fill("blue circle moving left")
        page.wait_for_function("document.querySelector('#hero').ariaLabel === 'blue circle moving left, seed 0'")
        with page.expect_download() as coming:
            page.get_by_role("button", name="GIF", exact=True).click()
        assert coming.value.path().read_bytes().startswith(b"GIF89a")
        page.close()
        assert f'og:image" content="{public}ready/preview.webp"' in httpx.get(public).text
    assert all(url.startswith((public, "data:", "blob:")) for url in addresses), addresses
