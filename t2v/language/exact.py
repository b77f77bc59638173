"""Texts in a grammar's own words, which the grammar reads by itself."""

from functools import lru_cache
from typing import Any

from t2v.data.grammar import Grammar
from t2v.data.stories.grammar import StoriesGrammar


@lru_cache(maxsize=1024)
def read_exactly(text: str, grammar: Grammar | StoriesGrammar) -> Any:
    """The attributes that the grammar itself reads, None where the text is in other words. Kept: while somebody types,
    one text is asked for again and again."""
    try:
        return grammar.parse(text)
    except ValueError:
        return None
