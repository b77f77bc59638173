"""Chains of prompts, one clip after another: `red circle moving left, then blue star shrinking` is two clips."""

import re
from functools import lru_cache

from t2v.data.grammar import MAX_PROMPT_CHARACTERS, SHAPES_GRAMMAR, Grammar
from t2v.data.stories.grammar import STORIES_GRAMMAR, StoriesGrammar
from t2v.language.find import find
from t2v.language.settle import settle
from t2v.language.tokens import normal_text, tokenize

THEN = re.compile(r"[,;.]\s*(?:and\s+)?then\s+|[,;.]\s*(?:[аи]\s+)?(?:затем|потом)\s+", re.IGNORECASE)


JOINED_BY = {"en": ", then ", "ru": ", затем "}


@lru_cache(maxsize=512)
def names_thing(text: str, grammar: Grammar | StoriesGrammar = SHAPES_GRAMMAR) -> bool:
    """Whether a text says what moves, and not only how: `blue star shrinking`, but not `to the right`."""
    if len(text) > MAX_PROMPT_CHARACTERS:
        return False
    written = normal_text(text)
    own = {"world": STORIES_GRAMMAR.name} if isinstance(grammar, StoriesGrammar) else {"things": grammar.things}
    phrase = settle(find(written, tokenize(written), **own))
    return any(item.value("shape") or item.value("kind") for item in phrase)


def split_chain(text: str, grammar: Grammar | StoriesGrammar = SHAPES_GRAMMAR) -> list[str]:
    """The prompts of a chain, one where it is none. It is cut only where the next part names a thing:
    `moving up, then right` is one movement of one thing."""
    parts, begun = [], 0
    cuts = list(THEN.finditer(text))
    starts = [cut.start() for cut in cuts] + [len(text)]
    for cut, end in zip(cuts, starts[1:], strict=True):
        if names_thing(text[cut.end() : end], grammar):
            parts.append(text[begun : cut.start()].strip())
            begun = cut.end()
    return [*parts, text[begun:].strip()]


def join_chain(prompts: list[str], language: str = "en") -> str:
    """The prompts as one chain, which `split_chain` takes apart again."""
    return JOINED_BY[language].join(prompts)
