"""The whole page over any folders, served on a free port of this machine."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager

from demo.studio.workspace import Folders


def run_aside(coroutine):
    """What it returns; in a thread of its own, because Playwright keeps an event loop running in this one."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, coroutine).result()


def predict(client, *arguments, **options):
    """What the endpoint answers; asked again where the client takes the end of its last answer for that of this one."""
    for _ in range(5):
        try:
            return client.predict(*arguments, **options)
        except CancelledError:
            continue
    raise AssertionError("the client gives up again and again")


@contextmanager
def served(folders: Folders, **options) -> Iterator[str]:
    """The address of the page, which is closed at the end; `options` go to Gradio's `launch`."""
    from demo.page import build_page, launch_options

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def serve():  # outside of an event loop Gradio makes some of its own, and never closes them
        page = build_page(folders)
        where = {"server_name": "127.0.0.1", "server_port": port}
        return page, page.launch(
            **where, prevent_thread_lock=True, quiet=True, **launch_options(folders.limits), **options
        )[1]

    page, address = run_aside(serve())
    try:
        yield address
    finally:
        page.close()
