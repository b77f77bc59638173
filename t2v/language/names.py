"""Names of one's own things: new words, which no word of a prompt may be already, in English or in Russian."""

from collections.abc import Sequence

import numpy as np

from t2v.data.grammar import things_of
from t2v.data.things import grammar_with_things, named_paths, read_picture
from t2v.language.find import Phrase, find
from t2v.language.tokens import tokenize


def check_name(name: str) -> None:
    """ValueError when people who say `name` mean something else: `ball` is a circle, `salmon` a colour."""
    meanings = [item for item in find(name, tokenize(name), guess=False) if item.concepts]
    if meanings:
        raise ValueError(f"{name!r} is already a word: it means {_meaning(meanings[0])}. Choose another.")


def _meaning(item: Phrase) -> str:
    slot, value = item.concepts[0]
    return repr(value) if value else f"a {slot}"


def read_things(specs: Sequence[str], grammar: str) -> dict[str, np.ndarray]:
    """`NAME=PICTURE`, ... -> {name: picture (S, S, 4) uint8}, for use in a grammar.

    ValueError, in one line, for a name that is no new word, and for a picture that cannot be read or shows nothing.
    """
    paths = named_paths(specs)
    grammar_with_things(grammar, list(paths))
    for name in paths:
        if name not in things_of(grammar):
            check_name(name)
    return {name: read_picture(path) for name, path in paths.items()}
