"""What the page says when something goes wrong: one place, in words that a visitor can act on, never a traceback."""

import errno
import logging

from demo.theme import notice

log = logging.getLogger(__name__)


def explain(error: Exception) -> str:
    """The error as a line for `gr.HTML`. Our own refusals speak for themselves; a surprise goes to the server's log."""
    return notice(in_words(error), "problem")


def in_words(error: Exception) -> str:
    """What went wrong and what to do about it."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            "The disk is full. Delete datasets or runs that nobody needs, then try again; nothing half-made was kept."
        )
    if isinstance(error, MemoryError):
        return "There is not enough memory for this. Choose fewer or smaller frames, or fewer clips at once."
    if isinstance(error, ValueError | OSError | FloatingPointError):
        return str(error)
    log.error("The page could not answer", exc_info=error)
    return "Something went wrong that was not foreseen; the server's log says what. Your settings are as they were."
