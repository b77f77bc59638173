"""What the page says when something goes wrong: one place, in words that a visitor can act on, never a traceback."""

import errno
import functools
import logging
import re
from collections.abc import Callable

import gradio as gr

from demo.ui.theme import notice

log = logging.getLogger(__name__)

LABELS = {  # what the page calls the settings that the package's refusals name
    "batch_size": "Batch size",
    "clips": "Clips",
    "count": "Variations",
    "fps": "Frames a second",
    "frame_size_px": "Size of a frame",
    "frames": "Frames",
    "grammar": "Preset",
    "layout": "Layout",
    "learning_rate": "Learning rate",
    "max_minutes": "Minutes",
    "minutes": "Minutes",
    "seed": "Seed",
    "steps": "Steps",
    "videos": "Clips",
}


def explain(error: Exception) -> str:
    """The error as a line for `gr.HTML`, with settings called by their labels; a surprise goes to the server's log."""
    return notice(by_labels(in_words(error)), "problem")


def explained(outputs: int, otherwise: object = None) -> Callable:
    """Decorator of a handler with so many outputs, of which the last is the line for errors: it empties that line, or
    says there what went wrong. The others then get `otherwise`, or stay as they are.
    """
    others = [gr.skip() if otherwise is None else otherwise] * (outputs - 1)

    def decorate(handler: Callable) -> Callable:
        @functools.wraps(handler)
        def answer(*arguments, **named):
            try:
                answered = handler(*arguments, **named)
            except Exception as error:
                answered, said = others, explain(error)
            else:
                answered, said = answered if isinstance(answered, tuple) else (answered,), ""
            return (*answered, said) if outputs > 1 else said

        return answer

    return decorate


def by_labels(said: str) -> str:
    """`batch_size must be a number, got None` -> `Batch size must be a number; the field is empty`"""
    said = re.sub(rf"(^|; )({'|'.join(LABELS)}) must be ", lambda found: f"{found[1]}{LABELS[found[2]]} must be ", said)
    return said.replace(" must be a number, got None", " must be a number; the field is empty")


def in_words(error: Exception) -> str:
    """What went wrong and what to do about it, also for callers of the endpoints, who know settings by their names."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            "The disk is full. Delete datasets or runs that nobody needs, then try again; nothing half-made was kept."
        )
    if isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate memory" in str(error):
        return "There is not enough memory for this. Choose fewer or smaller frames, or fewer clips at once."
    if isinstance(error, ValueError | OSError | FloatingPointError):
        return str(error)
    log.error("The page could not answer", exc_info=error)
    return "Something went wrong that was not foreseen; the server's log says what. Your settings are as they were."
