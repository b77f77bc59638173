"""What the page says when something goes wrong: one place, in words that a visitor can act on, never a traceback."""

import errno
import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from demo.locale.translate import N_, translate, visitors_language
from demo.ui.theme import notice
from t2v.system.memory import is_out_of_memory
from t2v.system.messages import Counted, Message, of_error

log = logging.getLogger(__name__)

DISK_FULL = N_(
    "The disk is full. Delete datasets or runs that nobody needs, then try again; nothing half-made was kept."
)
NO_MEMORY = N_("There is not enough memory for this. Choose fewer or smaller frames, or fewer clips at once.")
SURPRISE = N_("Something went wrong that was not foreseen; the server's log says what. Your settings are as they were.")
NO_NUMBER = N_("{setting} must be a number, got {got}")  # as `t2v.config` says it
EMPTY = N_("{setting} must be a number; the field is empty")
LABELS = {  # what the page calls the settings that the package's refusals name
    "batch_size": N_("Batch size"),
    "clips": N_("Clips"),
    "count": N_("Variations"),
    "fps": N_("Frames a second"),
    "frame_size_px": N_("Size of a frame"),
    "frames": N_("Frames"),
    "grammar": N_("Preset"),
    "layout": N_("Layout"),
    "learning_rate": N_("Learning rate"),
    "max_minutes": N_("Minutes"),
    "minutes": N_("Minutes"),
    "seed": N_("Seed"),
    "steps": N_("Steps"),
    "videos": N_("Clips"),
}


def explain(error: Exception) -> str:
    """The error as a line for `gr.HTML`, with settings called by their labels; a surprise goes to the server's log."""
    return notice(in_visitors_words(error), "problem")


def in_visitors_words(error: Exception) -> str:
    """The same as text, in the visitor's language."""
    if (read := getattr(error, "interpretation", None)) is not None:  # `t2v.language.NotUnderstood`, which brings torch
        return read.line(visitors_language())
    return translate(by_labels(in_words(error)))


def explained(outputs: int, otherwise: object = None) -> Callable:
    """Decorator of a handler with so many outputs, of which the last is the line for errors: it empties that line, or
    says there what went wrong. The others then get `otherwise`, or stay as they are.
    """
    others = [gr.skip() if otherwise is None else otherwise] * (outputs - 1)

    def decorate(handler: Callable) -> Callable:
        @functools.wraps(handler)
        def answer(*arguments: Any, **named: Any) -> Any:
            try:
                answered = handler(*arguments, **named)
            except Exception as error:
                answered, error_line = others, explain(error)
            else:
                answered, error_line = answered if isinstance(answered, tuple) else (answered,), ""
            return (*answered, error_line) if outputs > 1 else error_line

        return answer

    return decorate


def on_error(answer: Callable[..., Any]) -> Callable:
    """Decorator of a handler, plain or a generator: where it fails it answers with what `answer` makes of the line that
    says what went wrong, and of the handler's own arguments.
    """

    def decorate(handler: Callable) -> Callable:
        if inspect.isgeneratorfunction(handler):

            @functools.wraps(handler)
            def guarded(*arguments: Any, **named: Any) -> Any:
                try:
                    yield from handler(*arguments, **named)
                except Exception as error:
                    yield answer(explain(error), *arguments)

        else:

            @functools.wraps(handler)
            def guarded(*arguments: Any, **named: Any) -> Any:
                try:
                    return handler(*arguments, **named)
                except Exception as error:
                    return answer(explain(error), *arguments)

        return guarded

    return decorate


def by_labels(message: str) -> str:
    """`batch_size must be a number, got None` -> `Batch size must be a number; the field is empty`"""
    if not isinstance(message, Message) or isinstance(message, Counted):
        return message
    template = EMPTY if (message.template, message.values.get("got")) == (NO_NUMBER, "None") else message.template
    values = {name: by_labels(value) if isinstance(value, str) else value for name, value in message.values.items()}
    if (name := message.values.get("setting")) in LABELS:
        values["setting"] = Message(LABELS[name])
    return Message(template, **values)


def in_words(error: Exception) -> str:
    """What went wrong and what to do about it, in English: for callers of the endpoints, who know settings by their
    names, and to be translated."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if is_out_of_memory(error):
        return NO_MEMORY
    if isinstance(error, ValueError | OSError | FloatingPointError):
        return of_error(error)
    log.error("The page could not answer", exc_info=error)
    return SURPRISE
