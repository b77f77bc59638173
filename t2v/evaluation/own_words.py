"""Prompts in people's own words: how many are understood, and which of them clips are made of.

They are the paraphrases of `t2v.language` that are kept out of all tuning, English and Russian. What is understood does
not depend on the model; whether its clips show what was meant, does.
"""

from typing import NamedTuple

from t2v.data.grammar import GRAMMARS, Attributes
from t2v.evaluation.accuracy import share_of
from t2v.evaluation.result import spread
from t2v.language import interpret
from t2v.language.paraphrases import LANGUAGES, REFUSE, paraphrases

KEPT_OUT = "test"  # the half that no dictionary was tuned on


class Asked(NamedTuple):
    """A prompt as somebody types it, the caption that it is read as ("" where it is refused), and what it means."""

    prompt: str
    caption: str
    meaning: Attributes | None  # None: nothing that can be shown


def prompts_in(grammar_name: str, language: str) -> list[Asked]:
    """The kept-out prompts of a language whose meaning can be said in a grammar, and those that are to be refused."""
    grammar, rows = GRAMMARS[grammar_name], []
    for row in paraphrases(language, KEPT_OUT):
        try:
            meaning = None if row.meaning == REFUSE else grammar.parse(row.meaning)
        except ValueError:
            continue  # of another grammar
        rows.append(Asked(row.prompt, interpret(row.prompt, grammar).caption, meaning))
    return rows


def understood(grammar_name: str) -> dict[str, dict]:
    """Language -> the share of prompts that are read as they are meant, refused where they are to be."""
    grammar, shares = GRAMMARS[grammar_name], {}
    for language in LANGUAGES:
        prompts = prompts_in(grammar_name, language)
        right = [a.caption == ("" if a.meaning is None else grammar.caption(a.meaning)) for a in prompts]
        shares[language] = share_of(sum(right), len(right))
    return shares


def to_draw(grammar_name: str, count: int) -> list[Asked]:
    """The prompts that mean something, of both languages, at most `count` of them, evenly spread over all."""
    shown = [a for language in LANGUAGES for a in prompts_in(grammar_name, language) if a.meaning is not None]
    return spread(shown, count)
