"""How a handler, a function of plain values, is joined to an event: what is the same for all is fixed first."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import gradio as gr

FROM_REQUEST: dict[str, Callable[[gr.Request], Any]] = {
    "visitor": lambda request: request.session_hash,  # the visit's id
    "query": lambda request: dict(request.query_params),  # of the page's address
    "address": lambda request: request.headers.get("referer", ""),  # of the page, as the browser has it
}
Widgets = TypeVar("Widgets")


def gather(widgets: type[Widgets], made: dict[str, Any]) -> Widgets:
    """A tab's dataclass of widgets from those that `build` has made, by the names of its fields."""
    return widgets(**{field.name: made[field.name] for field in fields(widgets)})  # type: ignore[arg-type]


def bind(handler: Callable, *fixed: object) -> Callable:
    """`handler` for Gradio, its first arguments fixed, and what it asks for of a request (`FROM_REQUEST`) as keywords.

    `functools.partial` would do, but Gradio 6.31 reads no type hints of one, and so never hands it the request.
    """
    names = [name for name in FROM_REQUEST if name in inspect.signature(handler).parameters]

    def of_request(request: gr.Request) -> dict:
        return {name: FROM_REQUEST[name](request) for name in names}

    if inspect.isgeneratorfunction(handler):

        def bound(request: gr.Request, *values: Any) -> Any:
            yield from handler(*fixed, *values, **of_request(request))

    else:

        def bound(request: gr.Request, *values: Any) -> Any:
            return handler(*fixed, *values, **of_request(request))

    bound.__name__ = handler.__name__
    return bound
