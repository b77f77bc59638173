"""Errors in words: what a visitor reads when something goes wrong."""

import errno
import html
import logging

import pytest

pytest.importorskip("gradio")

from demo.ui.errors import explain, in_words, on_error
from t2v.config import raise_if, range_problem


def test_our_own_refusals_speak_for_themselves():
    assert in_words(ValueError("steps must be at least 1, got 0")) == "steps must be at least 1, got 0"


def test_settings_are_called_by_their_labels():
    def refused(*problems):
        with pytest.raises(ValueError) as raised:
            raise_if([one for problem in problems for one in problem])
        return explain(raised.value)

    text = refused(range_problem("batch_size", None, 1, 64), range_problem("learning_rate", 0, 1e-8, 1.0))
    assert "Batch size must be a number; the field is empty; Learning rate must be at least 1e-08, got 0<" in text
    assert "Clips must be at least 1, got 0" in refused(range_problem("videos", 0, 1, 9))
    assert "the preset's steps must be" in html.unescape(explain(ValueError("the preset's steps must be told")))


@pytest.mark.parametrize(
    ("error", "text"),
    [(OSError(errno.ENOSPC, "No space left on device"), "disk is full"), (MemoryError(), "not enough memory")],
)
def test_what_the_machine_lacks_is_said_with_what_to_do(error, text):
    assert text in in_words(error)


def test_a_surprise_goes_to_the_log_and_not_to_the_page(caplog):
    with caplog.at_level(logging.ERROR):
        message = in_words(KeyError("/secret/place"))
    assert "secret" not in message and "log" in message
    assert "secret" in caplog.text


def test_a_handler_that_fails_answers_with_its_reason():
    @on_error(lambda line, number: (line, f"{number} kept"))
    def answer(number: int):
        return "", str(1 / number) if number else raise_if(["the number must not be 0"])

    @on_error(lambda line, *_: line)
    def count(most: int):
        yield from map(str, range(most))
        raise ValueError("no more numbers")

    assert answer(2) == ("", "0.5") and answer.__name__ == "answer"
    assert "the number must not be 0" in answer(0)[0] and answer(0)[1] == "0 kept"
    *numbers, last = count(2)
    assert numbers == ["0", "1"] and "no more numbers" in last


def test_errors_are_shown_as_text():
    assert "<b>" not in explain(ValueError("<b>bold</b>"))
