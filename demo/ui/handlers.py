"""How a handler, a function of plain values, is joined to an event: what is the same for all is fixed first."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import gradio as gr

Widgets = TypeVar("Widgets")


def gather(widgets: type[Widgets], made: dict[str, Any]) -> Widgets:
    """A tab's dataclass of widgets from those that `build` has made, by the names of its fields."""
    return widgets(**{field.name: made[field.name] for field in fields(widgets)})


def bind(handler: Callable, *fixed) -> Callable:
    """`handler` for Gradio, its first arguments fixed. Where it asks for a `visitor`, it gets the visit's id (str).

    `functools.partial` would do, but Gradio 6.31 reads no type hints of one, and so never hands it the request.
    """
    asks = "visitor" in inspect.signature(handler).parameters

    def of_visit(request: gr.Request) -> dict:
        return {"visitor": request.session_hash} if asks else {}

    if inspect.isgeneratorfunction(handler):

        def bound(request: gr.Request, *values):
            yield from handler(*fixed, *values, **of_visit(request))

    else:

        def bound(request: gr.Request, *values):
            return handler(*fixed, *values, **of_visit(request))

    bound.__name__ = handler.__name__
    return bound
